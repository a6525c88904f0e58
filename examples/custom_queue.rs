//! A custom identify queue: the shards of a "canary" group identify first, and all others wait for them.
//!
//! An identify queue decides when a shard may send IDENTIFY. This one wraps the queue that keeps Discord's limits, and
//! its permits report when they are used.

use gloaming::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard, ShardId,
    emulator::Emulator,
    queue::{
        BoxFuture, IdentifyQueue, InMemoryQueue, Permit, PermitGuard, Position, QueueError,
        QueueErrorKind, QueueSettings,
    },
};
use gloaming_examples::{Result, Stage};
use std::num::NonZeroU16;
use tokio::sync::watch;

const SHARDS: u32 = 4;
const CANARIES: u32 = 1;

struct CanariesFirst {
    limits: InMemoryQueue,
    /// The shards that have identified, in order.
    identified: watch::Sender<Vec<u32>>,
}

impl IdentifyQueue for CanariesFirst {
    fn acquire(&self, shard: u32) -> BoxFuture<'_, std::result::Result<Permit, QueueError>> {
        Box::pin(async move {
            if shard >= CANARIES {
                self.identified
                    .subscribe()
                    .wait_for(|shards| (0..CANARIES).all(|canary| shards.contains(&canary)))
                    .await
                    .map_err(|_| QueueError::new(QueueErrorKind::Closed))?;
            }
            let permit = self.limits.acquire(shard).await?;
            Ok(Permit::new(ReportingGuard {
                shard,
                permit,
                identified: self.identified.clone(),
            }))
        })
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        self.limits.waiting(shard)
    }
}

/// Adds the shard to `identified` when its permit is spent.
struct ReportingGuard {
    shard: u32,
    permit: Permit,
    identified: watch::Sender<Vec<u32>>,
}

impl PermitGuard for ReportingGuard {
    fn spend(self: Box<Self>) {
        self.permit.spend();
        self.identified
            .send_modify(|shards| shards.push(self.shard));
    }

    fn release(self: Box<Self>) {
        // Dropping the inner permit returns it to the wrapped queue.
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(Emulator::builder().shards(SHARDS).max_concurrency(16)).await?;
    let identified = watch::Sender::new(Vec::new());
    let queue = CanariesFirst {
        limits: InMemoryQueue::with_settings(QueueSettings {
            max_concurrency: NonZeroU16::new(16).expect("16 is not 0"),
            ..QueueSettings::default()
        }),
        identified: identified.clone(),
    };
    let config = stage.config(Intents::GUILDS)?.queue(queue).build();

    let (order, mut ready) = tokio::sync::mpsc::channel(SHARDS as usize);
    // The canary starts last, and still identifies first.
    for number in (0..SHARDS).rev() {
        let config = ConfigBuilder::from(config.clone()).build();
        let mut shard = Shard::with_config(ShardId::new(number, SHARDS), config);
        let order = order.clone();
        tokio::spawn(async move {
            while let Some(item) = shard.next_item(EventTypeFlags::empty()).await {
                if let Item::Lifecycle(Lifecycle::Ready { .. }) = item {
                    // The receiver is dropped once all shards are ready.
                    _ = order.send((number, shard.sender())).await;
                }
            }
        });
    }
    drop(order);
    let mut senders = Vec::new();
    while let Some((number, sender)) = ready.recv().await {
        println!("shard {number} is ready");
        senders.push(sender);
        if senders.len() == SHARDS as usize {
            for sender in &senders {
                sender.close(CloseFrame::NORMAL)?;
            }
        }
    }
    let order = identified.borrow().clone();
    println!("identified in this order: {order:?}");
    if order.first() != Some(&0) {
        return Err("the canary did not identify first".into());
    }
    stage.clear().await
}
