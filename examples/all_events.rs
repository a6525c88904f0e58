//! Logs everything that a shard can tell: events of every type, events that no type exists for, events that do not fit
//! their type, what happens to the connection, and failures. Nothing is skipped.

use gloaming::{
    CloseFrame, EventTypeFlags, Intents, Item, Lifecycle, Shard, ShardId, emulator::Emulator,
};
use gloaming_examples::{Result, Stage};
use serde_json::json;
use std::collections::BTreeMap;

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(Emulator::builder().guilds(3).events_per_second(500.0)).await?;
    // Against Discord, leave out the privileged intents that your bot does not have.
    let config = stage.config(Intents::all())?.build();
    let mut shard = Shard::with_config(ShardId::ONE, config);

    let sender = shard.sender();
    let director = async {
        stage.ended(|stats| stats.events >= 300).await?;
        match stage.emulator() {
            Some(emulator) => {
                // What Discord may bring out tomorrow; with it the play ends.
                let news = json!({"id": "1", "what": "nobody knows"});
                emulator.publish("SOMETHING_BRAND_NEW", news);
            }
            None => sender.close(CloseFrame::NORMAL)?,
        }
        Ok(())
    };

    let logger = async {
        let mut names = BTreeMap::<String, u32>::new();
        while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
            let name = match item {
                Item::Event(event) => format!("{:?}", event.kind()),
                Item::Unknown(event) => {
                    println!("no type for {:?}: {}", event.name(), event.data());
                    if stage.emulator().is_some() {
                        sender.close(CloseFrame::NORMAL)?;
                    }
                    "unknown".to_owned()
                }
                Item::Undecodable(error) => {
                    println!("{error}: {}", error.payload().data());
                    "undecodable".to_owned()
                }
                Item::Lifecycle(Lifecycle::HeartbeatAcknowledged { .. }) => continue,
                Item::Lifecycle(event) => {
                    println!("{event:?}");
                    continue;
                }
                Item::Failure(error) if error.is_fatal() => return Err(error.into()),
                Item::Failure(error) => {
                    println!("{error}");
                    continue;
                }
                _ => continue,
            };
            *names.entry(name).or_default() += 1;
        }
        Ok(names)
    };

    let (names, ended) = tokio::join!(logger, director);
    let names: Result<_> = names;
    let ended: Result<()> = ended;
    ended?;
    for (name, count) in names? {
        println!("{count:6} {name}");
    }
    stage.clear().await
}
