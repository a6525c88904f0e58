//! A used-up budget is logged once per occurrence, not once per shard.

#![cfg(feature = "tokio")]

use crate::harness::{HOUR, unlimited_budget};
use gloaming_queue::{InMemoryQueue, QueueSettings};
use gloaming_test_support::Logs;
use tokio::task::yield_now;
use tracing::Level;

#[tokio::test(start_paused = true)]
async fn several_waiting_shards_cause_one_warning() {
    let (logs, _guard) = Logs::capture(Level::WARN);
    let settings = QueueSettings {
        remaining: 11,
        total: 1000,
        reset_after: HOUR,
        reserve: 10,
        ..unlimited_budget(4)
    };
    let queue = InMemoryQueue::with_settings(settings);
    queue.acquire(0).await.unwrap().spend();
    assert!(logs.lines().is_empty(), "no shard waits");

    let waiting = [1, 2, 3].map(|shard| tokio::spawn(queue.acquire(shard)));
    yield_now().await;
    let warnings = logs.lines();
    let [warning] = &warnings[..] else {
        panic!("expected one warning: {warnings:?}");
    };
    for part in [
        "waiting=1",
        "reserve=10",
        "are used up",
        "3600 s for the reset",
    ] {
        assert!(warning.contains(part), "no {part} in {warning}");
    }

    // The budget grows, and is used up again.
    queue.update_settings(QueueSettings {
        remaining: 1000,
        ..settings
    });
    for permit in waiting {
        permit.await.unwrap().unwrap().spend();
    }
    assert_eq!(logs.lines().len(), 1);
    queue.update_settings(QueueSettings {
        remaining: 10,
        ..settings
    });
    let waiting = tokio::spawn(queue.acquire(4));
    yield_now().await;
    assert_eq!(logs.lines().len(), 2);
    waiting.abort();
}
