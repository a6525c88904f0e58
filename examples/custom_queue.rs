//! An identify queue of one's own: shard 0 is a canary, and the other shards wait until it has identified.
//!
//! A queue decides when a shard may identify. This one adds a condition before the queue that keeps Discord's limits,
//! and its permits report when they are spent.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and ends on ctrl-c. To run it against another gateway than Discord's,
//! such as `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard, ShardId,
    queue::{
        BoxFuture, IdentifyQueue, InMemoryQueue, Permit, PermitGuard, Position, QueueError,
        QueueErrorKind,
    },
};
use std::{env, error::Error};
use tokio::{sync::watch, task::JoinSet};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SHARDS: u32 = 2;
const CANARY: u32 = 0;

#[derive(Debug)]
struct CanaryFirst {
    limits: InMemoryQueue,
    canary: watch::Sender<Canary>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Canary {
    Waiting,
    Identified,
}

impl IdentifyQueue for CanaryFirst {
    fn acquire(&self, shard: u32) -> BoxFuture<'_, std::result::Result<Permit, QueueError>> {
        Box::pin(async move {
            if shard != CANARY {
                self.canary
                    .subscribe()
                    .wait_for(|canary| *canary == Canary::Identified)
                    .await
                    .map_err(|_| QueueError::new(QueueErrorKind::Closed))?;
            }
            let permit = self.limits.acquire(shard).await?;
            Ok(Permit::new(ReportingPermit {
                shard,
                permit,
                canary: self.canary.clone(),
            }))
        })
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        self.limits.waiting(shard)
    }
}

/// A permit that reports when the shard identifies with it.
struct ReportingPermit {
    shard: u32,
    permit: Permit,
    canary: watch::Sender<Canary>,
}

impl PermitGuard for ReportingPermit {
    fn spend(self: Box<Self>) {
        println!("shard {} identifies", self.shard);
        self.permit.spend();
        if self.shard == CANARY {
            self.canary.send_replace(Canary::Identified);
        }
    }

    fn release(self: Box<Self>) {
        // Dropping the inner permit returns it. The shard acquires another one later.
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let queue = CanaryFirst {
        limits: InMemoryQueue::default(),
        canary: watch::Sender::new(Canary::Waiting),
    };
    let mut config = ConfigBuilder::new(token, Intents::GUILDS).queue(queue);
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }

    let mut senders = Vec::new();
    let mut tasks = JoinSet::new();
    // The canary starts last, and identifies first.
    for number in (0..SHARDS).rev() {
        // Clones of a configuration share the queue.
        let shard = Shard::with_config(ShardId::new(number, SHARDS), config.clone().build());
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

async fn run(mut shard: Shard) -> Result<()> {
    while let Some(item) = shard.next_item(EventTypeFlags::empty()).await {
        match item {
            Item::Lifecycle(Lifecycle::AwaitingPermit) => println!("shard {} waits", shard.id()),
            Item::Lifecycle(Lifecycle::Ready { .. }) => println!("shard {} is ready", shard.id()),
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("shard {}: {error}", shard.id()),
            _ => {}
        }
    }
    Ok(())
}
