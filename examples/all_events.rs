//! Prints everything that a shard delivers: events of every type, events without a type, events that do not match their
//! type, changes of the connection, and errors.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and ends on ctrl-c. To run it against another gateway than Discord's,
//! such as `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard, ShardId,
};
use std::{collections::BTreeMap, env, error::Error};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    // Leave out the privileged intents that your bot does not have.
    let mut config = ConfigBuilder::new(token, Intents::all());
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }
    let mut shard = Shard::with_config(ShardId::ONE, config.build());

    let sender = shard.sender();
    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            // It fails only if the shard has stopped already.
            _ = sender.close(CloseFrame::NORMAL);
        }
    });

    let mut counts = BTreeMap::<String, u32>::new();
    let mut count = |name: Option<&str>| {
        let name = name.unwrap_or("an event without a name");
        *counts.entry(name.to_owned()).or_default() += 1;
    };
    while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
        match item {
            Item::Event(event) => {
                // HELLO, heartbeat ACKs and the like have no name.
                if let Some(name) = event.kind().name() {
                    println!("event {name}");
                    count(Some(name));
                }
            }
            Item::Unknown(event) => {
                let name = event.name().unwrap_or_default();
                println!("event {name}, which has no type: {}", event.data());
                count(event.name());
            }
            Item::Undecodable(error) => {
                println!("{error}: {}", error.payload().data());
                count(error.name());
            }
            Item::Lifecycle(Lifecycle::HeartbeatAcknowledged { .. }) => {}
            Item::Lifecycle(change) => println!("connection: {change:?}"),
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => println!("error: {error}"),
            _ => {}
        }
    }
    for (name, count) in counts {
        println!("{count:6} {name}");
    }
    Ok(())
}
