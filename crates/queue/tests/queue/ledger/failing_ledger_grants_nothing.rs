//! An identify that can't be recorded is not sent.

#![cfg(feature = "tokio")]

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::harness::unlimited_budget;
use gloaming_queue::{
    InMemoryQueue, Ledger, LedgerEntry, LedgerError, LedgerErrorKind, LedgerState, MemoryLedger,
    QueueErrorKind,
};

#[test]
fn queue_knows_whether_it_has_a_ledger() {
    assert!(!InMemoryQueue::default().has_ledger());
    let with_ledger = InMemoryQueue::with_ledger(unlimited_budget(1), MemoryLedger::default());
    assert!(with_ledger.unwrap().has_ledger());
}

#[derive(Clone, Debug, Default)]
struct FullDisk {
    full: Arc<AtomicBool>,
    ledger: MemoryLedger,
}

impl Ledger for FullDisk {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        self.ledger.load()
    }

    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(LedgerError::with_source(
                LedgerErrorKind::Write,
                "no space left on device",
            ));
        }
        self.ledger.record(entries)
    }
}

#[tokio::test(start_paused = true)]
async fn permits_are_granted_again_after_the_ledger_recovers() {
    let disk = FullDisk::default();
    let queue = InMemoryQueue::with_ledger(unlimited_budget(1), disk.clone()).unwrap();
    let remaining = queue.remaining();

    disk.full.store(true, Ordering::SeqCst);
    let error = queue.acquire(0).await.unwrap_err();
    assert_eq!(error.kind(), QueueErrorKind::Ledger);
    let ledger = error.source().unwrap().to_string();
    assert!(ledger.contains("can't be written"), "{ledger}");
    assert_eq!(queue.remaining(), remaining);

    disk.full.store(false, Ordering::SeqCst);
    queue.acquire(0).await.unwrap().spend();
    assert_eq!(queue.remaining(), remaining - 1);
    assert_eq!(disk.load().unwrap().spent().len(), 1);
}

#[derive(Debug)]
struct PanickingLedger;

impl Ledger for PanickingLedger {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        Ok(LedgerState::default())
    }

    fn record(&self, _entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        panic!("a bug in a ledger");
    }
}

#[tokio::test(start_paused = true)]
async fn panic_in_the_ledger_is_an_error() {
    let queue = InMemoryQueue::with_ledger(unlimited_budget(1), PanickingLedger).unwrap();
    for _ in 0..3 {
        let error = queue.acquire(0).await.unwrap_err();
        assert_eq!(error.kind(), QueueErrorKind::Ledger);
        assert!(error.source().is_none(), "it is no time-out: {error:?}");
    }
}
