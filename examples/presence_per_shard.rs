//! Each shard starts with a presence of its own, and changes it later by a command.

use gloaming::{
    CloseFrame, CommandOutcome, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard,
    ShardId, emulator::Emulator,
};
use gloaming_examples::{Result, Stage};
use twilight_model::gateway::{
    payload::outgoing::{UpdatePresence, update_presence::UpdatePresencePayload},
    presence::{Activity, ActivityType, MinimalActivity, Status},
};

const SHARDS: u32 = 2;

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(Emulator::builder().shards(SHARDS).max_concurrency(SHARDS)).await?;
    let config = stage.config(Intents::GUILDS)?.build();

    let mut tasks = Vec::new();
    for number in 0..SHARDS {
        let id = ShardId::new(number, SHARDS);
        let presence = UpdatePresencePayload::new([playing(id)], false, None, Status::Online)?;
        let config = ConfigBuilder::from(config.clone())
            .presence(presence)
            .build();
        tasks.push(tokio::spawn(run(Shard::with_config(id, config))));
    }
    for task in tasks {
        task.await??;
    }
    stage.clear().await
}

fn playing(id: ShardId) -> Activity {
    MinimalActivity {
        kind: ActivityType::Playing,
        name: format!("on shard {} of {}", id.number() + 1, id.total()),
        url: None,
    }
    .into()
}

async fn run(mut shard: Shard) -> Result<()> {
    while let Some(item) = shard.next_item(EventTypeFlags::empty()).await {
        match item {
            Item::Lifecycle(Lifecycle::Ready { .. }) => {
                println!(
                    "shard {}: ready, {:?}",
                    shard.id(),
                    shard
                        .config()
                        .presence()
                        .map(|presence| &presence.activities[0].name)
                );
                let idle = UpdatePresence::new([playing(shard.id())], true, None, Status::Idle)?;
                let outcome = shard.sender().submit_command(&idle)?;
                let (sender, id) = (shard.sender(), shard.id());
                tokio::spawn(async move {
                    match outcome.await {
                        CommandOutcome::Sent => println!("shard {id}: idle now"),
                        other => eprintln!("shard {id}: the presence was not sent: {other:?}"),
                    }
                    // One that has stopped already needs no closing.
                    _ = sender.close(CloseFrame::NORMAL);
                });
            }
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("shard {}: {error}", shard.id()),
            _ => {}
        }
    }
    Ok(())
}
