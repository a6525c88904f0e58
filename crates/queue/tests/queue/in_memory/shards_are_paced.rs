//! P11: the in-memory queue paces shards, in paused time.

#![cfg(feature = "tokio")]

use std::{sync::Arc, time::Duration};

use crate::harness::{DAY, INTERVAL, concurrency, unlimited_budget};
use gloaming_queue::{IdentifyQueue, InMemoryQueue};
use tokio::{sync::mpsc, time::Instant};

/// Starts all shards at the same time. Returns them in the order of their grants, with the time.
async fn start_all(queue: InMemoryQueue, shards: u32) -> Vec<(u32, Duration)> {
    let queue: Arc<dyn IdentifyQueue> = Arc::new(queue);
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let start = now();
    for shard in (0..shards).rev() {
        let (queue, sender) = (Arc::clone(&queue), sender.clone());
        tokio::spawn(async move {
            let permit = queue.acquire(shard).await.unwrap();
            permit.spend();
            sender.send((shard, now() - start)).unwrap();
        });
    }
    drop(sender);
    let mut started = Vec::new();
    while let Some(start) = receiver.recv().await {
        started.push(start);
    }
    started
}

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}

/// Rounds down to 10 ms, since tokio's timers have a resolution of 1 ms.
fn rounded(started: &[(u32, Duration)]) -> Vec<(u32, Duration)> {
    started
        .iter()
        .map(|(shard, at)| {
            (
                *shard,
                Duration::from_millis(at.as_millis() as u64 / 10 * 10),
            )
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn one_shard_identifies_per_interval() {
    let queue = InMemoryQueue::new(concurrency(1), 1000, DAY, 1000);
    let started = start_all(queue, 4).await;
    assert_eq!(
        rounded(&started),
        [
            (3, Duration::ZERO),
            (0, INTERVAL),
            (1, 2 * INTERVAL),
            (2, 3 * INTERVAL)
        ],
        "the first that enqueued, then in order"
    );
    for pair in started.windows(2) {
        assert!(pair[1].1 - pair[0].1 >= INTERVAL, "{pair:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn thousands_of_shards_identify() {
    let started = start_all(InMemoryQueue::with_settings(unlimited_budget(16)), 4000).await;
    assert_eq!(started.len(), 4000);
    let last = started.last().unwrap().1;
    assert!(last >= 249 * INTERVAL && last < 250 * INTERVAL, "{last:?}");
}

#[test]
fn queue_outlives_runtimes() {
    let queue = InMemoryQueue::default();
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
    };
    let permit = runtime().block_on(queue.acquire(0)).unwrap();
    // A runtime that shuts down drops its waiting shards, and no others.
    let first = runtime();
    let waiting = first.spawn(queue.acquire(1));
    first.block_on(tokio::task::yield_now());
    assert!(queue.waiting(1).is_some());
    drop(first);
    assert!(queue.waiting(1).is_none());
    drop(waiting);
    permit.spend();
    let permit = runtime().block_on(queue.acquire(2)).unwrap();
    drop(queue);
    permit.spend();
}
