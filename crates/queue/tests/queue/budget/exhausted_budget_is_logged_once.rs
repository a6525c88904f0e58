//! A used-up budget is logged once per occurrence, not once per shard.

#![cfg(feature = "tokio")]

use crate::harness::{HOUR, SECOND, unlimited_budget};
use gloaming_queue::{InMemoryQueue, MemoryLedger, QueueSettings};
use gloaming_test_support::Logs;
use tokio::{task::yield_now, time::timeout};
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
        "are used up; shards wait until there are more, which is expected within 3600 s",
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

/// The ledger knows when the last identify of the day is a day old. The first one may be much earlier, and other
/// processes may return permits.
#[tokio::test(start_paused = true)]
async fn warning_of_a_queue_with_a_ledger_names_no_certain_wait() {
    let (logs, _guard) = Logs::capture(Level::WARN);
    let settings = QueueSettings {
        remaining: 2,
        total: 2,
        ..unlimited_budget(4)
    };
    let queue = InMemoryQueue::with_ledger(settings, MemoryLedger::new()).unwrap();
    for shard in 0..2 {
        queue.acquire(shard).await.unwrap().spend();
    }
    let waits = timeout(SECOND, queue.acquire(2)).await;
    assert!(waits.is_err());
    let warnings = logs.lines();
    let [warning] = &warnings[..] else {
        panic!("expected one warning: {warnings:?}");
    };
    for part in [
        "are used up; shards wait until the ledger has more",
        "each minute",
        "at any time within 86",
    ] {
        assert!(warning.contains(part), "no {part} in {warning}");
    }
}
