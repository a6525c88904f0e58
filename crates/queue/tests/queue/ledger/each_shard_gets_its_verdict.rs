//! A ledger answers several shards at once, each with its own verdict.

#![cfg(feature = "tokio")]

use crate::harness::{GatedLedger, SECOND, unlimited_budget};
use gloaming_queue::{
    ClockReading, IdentifyQueue, InMemoryQueue, Ledger, LedgerAnswer, LedgerEntry, LedgerError,
    LedgerState, LedgerVerdict, QueueErrorKind, QueueSettings, RecordedIdentify,
};
use std::error::Error;
use tokio::{task::yield_now, time::Instant};

#[expect(clippy::disallowed_methods, reason = "the test measures a wait")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test(start_paused = true)]
async fn only_the_refused_shard_waits() {
    let ledger = GatedLedger::default();
    let settings = unlimited_budget(4);
    let queue = InMemoryQueue::with_ledger(settings, ledger.clone()).unwrap();
    let other = InMemoryQueue::with_ledger(settings, ledger.ledger.clone()).unwrap();
    other.acquire(1).await.unwrap().spend();

    ledger.close();
    let asked = ledger.requests();
    let first = tokio::spawn(queue.acquire(3));
    while ledger.requests() == asked {
        yield_now().await;
    }
    // These two are asked for together.
    let together = [0, 1].map(|shard| tokio::spawn(queue.acquire(shard)));
    yield_now().await;
    ledger.open();
    let start = now();
    let [second, refused] = together;
    first.await.unwrap().unwrap().spend();
    second.await.unwrap().unwrap().spend();
    assert!(now() - start < SECOND);
    refused.await.unwrap().unwrap().spend();
    assert!(now() - start > 4 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn permit_that_is_returned_while_the_ledger_answers_is_not_counted() {
    let ledger = GatedLedger::default();
    let settings = QueueSettings {
        remaining: 40,
        total: 40,
        ..unlimited_budget(3)
    };
    let queue = InMemoryQueue::with_ledger(settings, ledger.clone()).unwrap();
    let unused = queue.acquire(0).await.unwrap();

    ledger.close();
    let asked = ledger.requests();
    let first = tokio::spawn(queue.acquire(1));
    while ledger.requests() == asked {
        yield_now().await;
    }
    let second = tokio::spawn(queue.acquire(2));
    yield_now().await;
    // It is written after the second request, in the same batch.
    drop(unused);
    ledger.open();
    first.await.unwrap().unwrap().spend();
    second.await.unwrap().unwrap().spend();
    let budget = IdentifyQueue::budget(&queue).unwrap();
    assert_eq!(budget.remaining, 38);
}

/// A ledger of which each answer has this number of verdicts.
#[derive(Debug)]
struct MiscountingLedger(usize);

impl Ledger for MiscountingLedger {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        Ok(LedgerState::default())
    }

    fn record(&self, _entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        Ok(())
    }

    fn spend(
        &self,
        _identifies: &[RecordedIdentify],
        _settings: &QueueSettings,
    ) -> Result<LedgerAnswer, LedgerError> {
        let verdicts = vec![LedgerVerdict::Recorded; self.0];
        let state = LedgerState::default();
        Ok(LedgerAnswer::new(verdicts, state, ClockReading::now()))
    }
}

#[tokio::test(start_paused = true)]
async fn missing_or_surplus_verdict_grants_nothing() {
    for verdicts in [0, 2] {
        let ledger = MiscountingLedger(verdicts);
        let queue = InMemoryQueue::with_ledger(unlimited_budget(1), ledger).unwrap();
        let error = queue.acquire(0).await.unwrap_err();
        assert_eq!(error.kind(), QueueErrorKind::Ledger);
        let reason = error.source().and_then(Error::source).unwrap().to_string();
        assert!(reason.contains("did not answer each"), "{reason}");
    }
}
