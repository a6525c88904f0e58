//! Holding many shards: what is the same for every client.

use std::{num::NonZero, time::Duration};

use tokio::{sync::mpsc, task::JoinSet, time::sleep};

use crate::{
    Error, Result,
    measure::{Cost, Memory, Window, now},
    report::{Idle, seconds},
};

/// What a shard still has to receive before it is held.
#[derive(Clone, Debug)]
pub struct Arrivals {
    events: u64,
    /// `None` before READY, and once everything has arrived.
    missing: Option<u64>,
    arrived: mpsc::UnboundedSender<()>,
}

impl Arrivals {
    /// READY has arrived.
    pub fn ready(&mut self) {
        self.await_more(self.events);
    }

    /// Another dispatch has arrived.
    pub fn event(&mut self) {
        if let Some(missing) = self.missing {
            self.await_more(missing - 1);
        }
    }

    fn await_more(&mut self, missing: u64) {
        self.missing = (missing > 0).then_some(missing);
        if missing == 0 {
            // It fails only once the measurement is over.
            _ = self.arrived.send(());
        }
    }
}

/// The cost of shards that were held.
#[derive(Debug)]
pub struct Held {
    /// The cost of the window.
    pub cost: Cost,
    /// What is reported in addition.
    pub idle: Idle,
}

/// Starts `count` shards, waits until each has READY and `events` dispatches after it, calls `open`, and holds them. A
/// shard is a future that ends with an error.
///
/// # Errors
///
/// Fails if one of the shards ends.
pub async fn hold<F: Future<Output = Error> + 'static>(
    count: NonZero<u32>,
    events: u64,
    time: Duration,
    mut shard: impl FnMut(u32, Arrivals) -> F,
    open: impl FnOnce(),
) -> Result<Held> {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let arriving = Arrivals {
        events,
        missing: None,
        arrived,
    };
    let mut shards = JoinSet::new();

    let (before, started) = (Memory::used(), now());
    for number in 0..count.get() {
        shards.spawn_local(shard(number, arriving.clone()));
    }
    let all_arrived = async {
        for _ in 0..count.get() {
            arrivals.recv().await;
        }
    };
    until_shard_ends_or(&mut shards, all_arrived).await?;
    let ready_wall = now() - started;

    open();
    let window = Window::open();
    until_shard_ends_or(&mut shards, sleep(time)).await?;
    let cost = window.close();
    let idle = Idle {
        shards: count.get(),
        ready_wall_s: seconds(ready_wall),
        rss_before_kib: before.now_kib,
        rss_held_kib: cost.memory.now_kib,
    };
    Ok(Held { cost, idle })
}

/// Waits. Fails if one of the shards ends first.
async fn until_shard_ends_or(
    shards: &mut JoinSet<Error>,
    wait: impl Future<Output = ()>,
) -> Result<()> {
    tokio::select! {
        () = wait => Ok(()),
        Some(ended) = shards.join_next() => Err(ended?),
    }
}
