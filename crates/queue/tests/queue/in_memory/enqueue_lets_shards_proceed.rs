//! `enqueue` of the in-memory queue works as in twilight-gateway-queue 0.18.

#![cfg(feature = "tokio")]

use std::time::Duration;

use crate::harness::{DAY, INTERVAL, unlimited_budget};
use gloaming_queue::{
    InMemoryQueue, Ledger, LedgerEntry, LedgerError, LedgerErrorKind, LedgerState, Queue,
    QueueSettings,
};
use tokio::{
    task::yield_now,
    time::{Instant, timeout},
};

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test(start_paused = true)]
async fn one_shard_proceeds_per_interval() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(1));
    let receivers = [0, 1, 2].map(|shard| queue.enqueue(shard));
    let start = now();
    for (receiver, index) in receivers.into_iter().zip(0..) {
        receiver.await.unwrap();
        let elapsed = now() - start;
        let due = INTERVAL * index;
        assert!(elapsed >= due && elapsed < due + Duration::from_millis(50));
    }
    let settings = unlimited_budget(1);
    assert_eq!(queue.remaining(), settings.remaining - 3);
}

#[tokio::test(start_paused = true)]
async fn shard_that_drops_the_receiver_leaves_the_queue() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(1));
    let start = now();
    queue.enqueue(0).await.unwrap();
    let dropped = queue.enqueue(1);
    yield_now().await;
    assert!(queue.waiting(1).is_some());
    drop(dropped);
    yield_now().await;
    assert_eq!(queue.waiting(1), None);
    queue.enqueue(2).await.unwrap();
    assert!(now() - start < INTERVAL * 2, "shard 1 used no identify");
}

#[tokio::test(start_paused = true)]
async fn exhausted_budget_waits_for_the_reset() {
    let queue = InMemoryQueue::with_settings(QueueSettings {
        remaining: 0,
        total: 10,
        reset_after: DAY,
        ..unlimited_budget(1)
    });
    let mut receiver = queue.enqueue(0);
    assert!(timeout(DAY / 2, &mut receiver).await.is_err());
    receiver.await.unwrap();
}

#[derive(Debug)]
struct FullDisk;

impl Ledger for FullDisk {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        Ok(LedgerState::default())
    }

    fn record(&self, _entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        Err(LedgerError::new(LedgerErrorKind::Write))
    }
}

#[tokio::test(start_paused = true)]
async fn failing_ledger_closes_the_channel() {
    let queue = InMemoryQueue::with_ledger(unlimited_budget(1), FullDisk).unwrap();
    assert!(queue.enqueue(0).await.is_err());
}

#[test]
fn channel_is_closed_outside_of_a_runtime() {
    let queue = InMemoryQueue::default();
    let mut receiver = queue.enqueue(0);
    assert!(receiver.try_recv().is_err());
    assert_eq!(queue.waiting(0), None);
}
