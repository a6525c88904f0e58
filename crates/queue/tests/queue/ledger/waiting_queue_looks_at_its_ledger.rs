//! While shards wait for the daily limit, and only then, the queue looks once a minute at what other processes did.

#![cfg(feature = "tokio")]

use crate::harness::{GatedLedger, SECOND, unlimited_budget};
use gloaming_queue::{InMemoryQueue, QueueSettings};
use tokio::{task::yield_now, time::sleep};

#[tokio::test(start_paused = true)]
async fn first_look_is_after_a_minute_and_others_follow() {
    let ledger = GatedLedger::default();
    let settings = QueueSettings {
        remaining: 0,
        ..unlimited_budget(1)
    };
    let queue = InMemoryQueue::with_ledger(settings, ledger.clone()).unwrap();
    assert_eq!(ledger.looks(), 1);
    let waiting = tokio::spawn(queue.acquire(0));
    sleep(59 * SECOND).await;
    assert_eq!(ledger.looks(), 1);
    for minute in 1..=10 {
        sleep(2 * SECOND).await;
        assert_eq!(ledger.looks(), 1 + minute);
        sleep(58 * SECOND).await;
    }
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn shards_that_wait_for_each_other_cause_no_look() {
    let ledger = GatedLedger::default();
    let queue = InMemoryQueue::with_ledger(unlimited_budget(1), ledger.clone()).unwrap();
    let shards = (0..30).map(|shard| {
        let permit = queue.acquire(shard);
        tokio::spawn(async move { permit.await.unwrap().spend() })
    });
    for shard in shards.collect::<Vec<_>>() {
        shard.await.unwrap();
    }
    assert_eq!(ledger.looks(), 1, "only when the queue was built");
}

#[tokio::test(start_paused = true)]
async fn answer_from_before_an_update_does_not_change_the_new_limit() {
    let ledger = GatedLedger::default();
    let settings = QueueSettings {
        remaining: 5,
        ..unlimited_budget(1)
    };
    let queue = InMemoryQueue::with_ledger(settings, ledger.clone()).unwrap();
    ledger.close();
    let permit = tokio::spawn(queue.acquire(0));
    while ledger.requests() == 1 {
        yield_now().await;
    }
    queue.update_settings(QueueSettings {
        remaining: 900,
        ..settings
    });
    ledger.open();
    permit.await.unwrap().unwrap().spend();
    assert_eq!(queue.remaining(), 899);
}
