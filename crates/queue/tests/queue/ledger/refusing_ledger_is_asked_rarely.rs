//! A queue believes a ledger that refuses an identify: it does not ask again and again.

#![cfg(feature = "tokio")]

use crate::harness::{SECOND, unlimited_budget};
use gloaming_queue::{
    ClockReading, InMemoryQueue, Ledger, LedgerAnswer, LedgerEntry, LedgerError, LedgerErrorKind,
    LedgerState, LedgerVerdict, MemoryLedger, QueueSettings, RecordedIdentify, WaitReason,
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::SeqCst},
};
use tokio::time::{sleep, timeout};

/// What is wrong with a ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    None,
    /// It does not record that permits were returned.
    LosesReturned,
    /// It refuses everything, although its state is empty.
    RefusesAll,
}

/// A ledger that counts how often it is asked for an identify.
#[derive(Clone, Debug)]
struct CountingLedger {
    ledger: MemoryLedger,
    fault: Fault,
    asked: Arc<AtomicU32>,
}

impl CountingLedger {
    fn new(fault: Fault) -> Self {
        Self {
            ledger: MemoryLedger::new(),
            fault,
            asked: Arc::default(),
        }
    }

    fn asked(&self) -> u32 {
        self.asked.load(SeqCst)
    }
}

impl Ledger for CountingLedger {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        self.ledger.load()
    }

    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        let is_returned = |entry: &LedgerEntry| matches!(entry, LedgerEntry::Returned(_));
        if self.fault == Fault::LosesReturned && entries.iter().any(is_returned) {
            return Err(LedgerError::new(LedgerErrorKind::Write));
        }
        self.ledger.record(entries)
    }

    fn spend(
        &self,
        identifies: &[RecordedIdentify],
        settings: &QueueSettings,
    ) -> Result<LedgerAnswer, LedgerError> {
        self.asked
            .fetch_add(u32::try_from(identifies.len()).unwrap(), SeqCst);
        if self.fault != Fault::RefusesAll {
            return self.ledger.spend(identifies, settings);
        }
        Ok(LedgerAnswer::new(
            vec![LedgerVerdict::Refused(WaitReason::Budget); identifies.len()],
            LedgerState::default(),
            ClockReading::now(),
        ))
    }
}

/// A queue for shards of different rate-limit keys, with this many identifies.
fn queue(total: u32, ledger: &CountingLedger) -> InMemoryQueue {
    let settings = QueueSettings {
        remaining: total,
        total,
        ..unlimited_budget(8)
    };
    InMemoryQueue::with_ledger(settings, ledger.clone()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn permit_whose_lease_lapsed_is_not_granted_to_another_shard() {
    let ledger = CountingLedger::new(Fault::None);
    let queue = queue(2, &ledger);
    let held = queue.acquire(0).await.unwrap();
    queue.acquire(1).await.unwrap().spend();
    let waits = tokio::spawn(queue.acquire(2));
    sleep(200 * SECOND).await;
    assert!(!waits.is_finished(), "the day is used up");
    let asked = ledger.asked();
    assert!(asked <= 4, "asked {asked} times");
    assert_eq!(queue.remaining(), 0);

    // It was not used after all.
    drop(held);
    timeout(70 * SECOND, waits)
        .await
        .unwrap()
        .unwrap()
        .unwrap()
        .spend();
    assert_eq!(queue.remaining(), 0);
}

#[tokio::test(start_paused = true)]
async fn returned_permit_that_the_ledger_still_counts_is_not_granted() {
    let ledger = CountingLedger::new(Fault::LosesReturned);
    let queue = queue(2, &ledger);
    drop(queue.acquire(0).await.unwrap());
    queue.acquire(1).await.unwrap().spend();
    let waits = timeout(200 * SECOND, queue.acquire(2)).await;
    assert!(waits.is_err(), "the ledger counts two");
    let asked = ledger.asked();
    assert!(asked <= 4, "asked {asked} times");
}

#[tokio::test(start_paused = true)]
async fn ledger_that_refuses_what_its_state_allows_is_asked_less_and_less_often() {
    let ledger = CountingLedger::new(Fault::RefusesAll);
    let queue = queue(100, &ledger);
    let waits = timeout(60 * SECOND, queue.acquire(0)).await;
    assert!(waits.is_err());
    let asked = ledger.asked();
    assert!(asked >= 10, "it may allow it at any time: {asked}");
    assert!(asked <= 20, "asked {asked} times");
}
