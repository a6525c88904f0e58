//! An identify that can't be put on record is not sent.

#![cfg(feature = "tokio")]

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::support::plenty;
use gloaming_queue::{
    Entry, InMemoryQueue, Ledger, LedgerError, LedgerErrorKind, MemoryLedger, Queue,
    QueueErrorKind, Record,
};

#[derive(Clone, Debug, Default)]
struct FullDisk {
    full: Arc<AtomicBool>,
    ledger: MemoryLedger,
}

impl Ledger for FullDisk {
    fn load(&self) -> Result<Record, LedgerError> {
        self.ledger.load()
    }

    fn record(&self, entries: &[Entry]) -> Result<(), LedgerError> {
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
async fn until_it_works_again() {
    let disk = FullDisk::default();
    let queue = InMemoryQueue::with_ledger(plenty(1), disk.clone()).unwrap();
    let remaining = queue.remaining();

    disk.full.store(true, Ordering::SeqCst);
    let error = queue.acquire(0).await.unwrap_err();
    assert_eq!(*error.kind(), QueueErrorKind::Ledger);
    let ledger = error.source().unwrap().to_string();
    assert!(ledger.contains("space left"), "{ledger}");
    assert_eq!(queue.remaining(), remaining);

    disk.full.store(false, Ordering::SeqCst);
    queue.acquire(0).await.unwrap().spend();
    assert_eq!(queue.remaining(), remaining - 1);
    assert_eq!(disk.load().unwrap().spent().len(), 1);
}

#[derive(Debug)]
struct Panics;

impl Ledger for Panics {
    fn load(&self) -> Result<Record, LedgerError> {
        Ok(Record::default())
    }

    fn record(&self, _entries: &[Entry]) -> Result<(), LedgerError> {
        panic!("a bug in a ledger");
    }
}

#[tokio::test(start_paused = true)]
async fn nor_does_a_panic_in_it_hang_the_queue() {
    let queue = InMemoryQueue::with_ledger(plenty(1), Panics).unwrap();
    for _ in 0..3 {
        let error = queue.acquire(0).await.unwrap_err();
        assert_eq!(*error.kind(), QueueErrorKind::Ledger);
    }
}
