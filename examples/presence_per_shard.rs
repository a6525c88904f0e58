//! Two shards, each of which starts with a presence of its own and changes it by a command.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and ends on ctrl-c. To run it against another gateway than Discord's,
//! such as `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, CommandOutcome, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard,
    ShardId,
};
use std::{env, error::Error};
use tokio::task::JoinSet;
use twilight_model::gateway::{
    payload::outgoing::{UpdatePresence, update_presence::UpdatePresencePayload},
    presence::{Activity, ActivityType, MinimalActivity, Status},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SHARDS: u32 = 2;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let mut config = ConfigBuilder::new(token, Intents::GUILDS);
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }

    let mut senders = Vec::new();
    let mut tasks = JoinSet::new();
    for number in 0..SHARDS {
        let id = ShardId::new(number, SHARDS);
        let presence = UpdatePresencePayload::new([playing(id)], false, None, Status::Online)?;
        // Clones of a configuration share the identify queue.
        let shard = Shard::with_config(id, config.clone().presence(presence).build());
        senders.push(shard.sender());
        tasks.spawn(run(shard));
    }

    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            for sender in senders {
                // It fails only if the shard has stopped already.
                _ = sender.close(CloseFrame::NORMAL);
            }
        }
    });
    while let Some(result) = tasks.join_next().await {
        result??;
    }
    Ok(())
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
                println!("shard {}: ready, online", shard.id());
                let id = shard.id();
                let idle = UpdatePresence::new([playing(id)], true, None, Status::Idle)?;
                let outcome = shard.sender().submit_command(&idle)?;
                // In a task of its own: the shard sends the command while it is polled.
                tokio::spawn(async move {
                    match outcome.await {
                        CommandOutcome::Sent => println!("shard {id}: idle"),
                        _ => eprintln!("shard {id}: the presence was not sent"),
                    }
                });
            }
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("shard {}: {error}", shard.id()),
            _ => {}
        }
    }
    Ok(())
}
