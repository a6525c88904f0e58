//! Who reads the log learns that shards wait for the daily reset, once each time, and not for each
//! shard.

#![cfg(feature = "tokio")]

use crate::support::{HOUR, plenty};
use gloaming_queue::{InMemoryQueue, Queue, Settings};
use gloaming_test_support::Logs;
use tokio::task::yield_now;
use tracing::Level;

#[tokio::test(start_paused = true)]
async fn however_many_wait() {
    let (logs, _guard) = Logs::capture(Level::WARN);
    let settings = Settings {
        remaining: 11,
        total: 1000,
        reset_after: HOUR,
        reserve: 10,
        ..plenty(4)
    };
    let queue = InMemoryQueue::with_settings(settings);
    queue.acquire(0).await.unwrap().spend();
    assert!(logs.lines().is_empty(), "nobody waits");

    let waiting = [1, 2, 3].map(|shard| tokio::spawn(queue.acquire(shard)));
    yield_now().await;
    let warnings = logs.lines();
    let [warning] = &warnings[..] else {
        panic!("one for all: {warnings:?}");
    };
    for part in ["waiting=1", "reserve=10", "reset_after=", "are used up"] {
        assert!(warning.contains(part), "no {part} in {warning}");
    }

    // Better news, and worse again.
    queue.update_settings(Settings {
        remaining: 1000,
        ..settings
    });
    for permit in waiting {
        permit.await.unwrap().unwrap().spend();
    }
    assert_eq!(logs.lines().len(), 1);
    queue.update_settings(Settings {
        remaining: 10,
        ..settings
    });
    let waits = tokio::spawn(queue.acquire(4));
    yield_now().await;
    assert_eq!(logs.lines().len(), 2);
    waits.abort();
}
