//! An identify queue of one's own: shards of a "canary" group go first, and everybody else waits until they are up.
//!
//! A queue decides when a shard may identify. This one puts a gate before the queue that keeps Discord's limits, and
//! learns from each permit whether it was used.

use gloaming::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard, ShardId,
    emulator::Emulator,
    queue::{
        BoxFuture, InMemoryQueue, Permit, PermitGuard, Position, Queue, QueueError, QueueErrorKind,
        Settings,
    },
};
use gloaming_examples::{Result, Stage};
use std::num::NonZeroU16;
use tokio::sync::watch;

const SHARDS: u32 = 4;
const CANARIES: u32 = 1;

#[derive(Debug)]
struct CanariesFirst {
    limits: InMemoryQueue,
    /// Which shards have identified, in order.
    identified: watch::Sender<Vec<u32>>,
}

impl Queue for CanariesFirst {
    fn acquire(&self, shard: u32) -> BoxFuture<'static, std::result::Result<Permit, QueueError>> {
        let mut gate = self.identified.subscribe();
        let identified = self.identified.clone();
        let limits = self.limits.clone();
        Box::pin(async move {
            if shard >= CANARIES {
                gate.wait_for(|shards| (0..CANARIES).all(|canary| shards.contains(&canary)))
                    .await
                    .map_err(|_| QueueError::new(QueueErrorKind::Closed))?;
            }
            let permit = limits.acquire(shard).await?;
            Ok(Permit::new(Watched {
                shard,
                permit,
                identified,
            }))
        })
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        self.limits.waiting(shard)
    }
}

/// A permit that tells when it is used.
struct Watched {
    shard: u32,
    permit: Permit,
    identified: watch::Sender<Vec<u32>>,
}

impl PermitGuard for Watched {
    fn spend(self: Box<Self>) {
        self.permit.spend();
        self.identified
            .send_modify(|shards| shards.push(self.shard));
    }

    fn release(self: Box<Self>) {
        // Not used: dropping the inner permit gives it back, and the shard will ask again.
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(Emulator::builder().shards(SHARDS).max_concurrency(16)).await?;
    let identified = watch::Sender::new(Vec::new());
    let queue = CanariesFirst {
        limits: InMemoryQueue::with_settings(Settings {
            max_concurrency: NonZeroU16::new(16).expect("16 is not 0"),
            ..Settings::default()
        }),
        identified: identified.clone(),
    };
    let config = stage.config(Intents::GUILDS)?.queue(queue).build();

    let (order, mut ready) = tokio::sync::mpsc::channel(SHARDS as usize);
    // The canary is started last, and is first all the same.
    for number in (0..SHARDS).rev() {
        let config = ConfigBuilder::from(config.clone()).build();
        let mut shard = Shard::with_config(ShardId::new(number, SHARDS), config);
        let order = order.clone();
        tokio::spawn(async move {
            while let Some(item) = shard.next_item(EventTypeFlags::empty()).await {
                if let Item::Lifecycle(Lifecycle::Ready { .. }) = item {
                    // Nobody listens any more once the order is known.
                    _ = order.send((number, shard.sender())).await;
                }
            }
        });
    }
    drop(order);
    let mut senders = Vec::new();
    while let Some((number, sender)) = ready.recv().await {
        println!("shard {number} is up");
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
        return Err("the canary was not first".into());
    }
    stage.clear().await
}
