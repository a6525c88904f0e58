//! A ledger whose write does not end, as on a hanging disk, is an error after a while, and costs no memory meanwhile.

#![cfg(feature = "tokio")]

use crate::harness::{SECOND, unlimited_budget};
use gloaming_queue::{
    InMemoryQueue, LEDGER_TIMEOUT, Ledger, LedgerEntry, LedgerError, LedgerErrorKind, LedgerState,
    MemoryLedger, Permit, QueueError, QueueErrorKind,
};
use std::{
    error::Error,
    path::Path,
    sync::{Arc, Condvar, Mutex},
};
use tokio::{
    task::{JoinHandle, yield_now},
    time::{Instant, advance},
};

/// A disk on which writes wait until it is repaired.
#[derive(Clone, Debug, Default)]
struct HangingDisk {
    ledger: MemoryLedger,
    state: Arc<(Mutex<DiskState>, Condvar)>,
}

#[derive(Debug, Default)]
struct DiskState {
    hangs: bool,
    writes: Vec<usize>,
}

impl HangingDisk {
    fn hangs(&self, hangs: bool) {
        self.state.0.lock().unwrap().hangs = hangs;
        self.state.1.notify_all();
    }

    /// Returns the numbers of entries of the writes so far.
    fn writes(&self) -> Vec<usize> {
        self.state.0.lock().unwrap().writes.clone()
    }
}

impl Ledger for HangingDisk {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        self.ledger.load()
    }

    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        let (state, changed) = &*self.state;
        let mut state = state.lock().unwrap();
        state.writes.push(entries.len());
        let state = changed.wait_while(state, |state| state.hangs).unwrap();
        drop(state);
        self.ledger.record(entries)
    }

    fn path(&self) -> Option<&Path> {
        Some(Path::new("/var/lib/bot/identifies.json"))
    }
}

#[track_caller]
fn assert_timed_out(error: &QueueError) {
    assert_eq!(error.kind(), QueueErrorKind::Ledger);
    let source = error.source().unwrap().downcast_ref::<LedgerError>();
    assert_eq!(source.unwrap().kind(), LedgerErrorKind::TimedOut);
    let text = source.unwrap().to_string();
    assert!(text.contains("20 s"), "{text}");
    assert!(text.contains("/var/lib/bot/identifies.json"), "{text}");
}

#[expect(clippy::disallowed_methods, reason = "the test measures a wait")]
fn now() -> Instant {
    Instant::now()
}

/// Waits for an error. Tokio does not advance a paused time by itself during a write.
async fn refused(acquire: JoinHandle<Result<Permit, QueueError>>) -> QueueError {
    while !acquire.is_finished() {
        advance(SECOND).await;
        yield_now().await;
    }
    acquire.await.unwrap().unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn permits_are_granted_once_the_write_ends() {
    let disk = HangingDisk::default();
    let queue = InMemoryQueue::with_ledger(unlimited_budget(1), disk.clone()).unwrap();
    let remaining = queue.remaining();

    disk.hangs(true);
    let start = now();
    let first = tokio::spawn(queue.acquire(0));
    // The thread of the write may be slow, and paused time is not.
    while disk.writes().is_empty() {
        yield_now().await;
    }
    assert_timed_out(&refused(first).await);
    let waited = now() - start;
    assert!(waited >= LEDGER_TIMEOUT, "{waited:?}");
    assert!(waited <= LEDGER_TIMEOUT + 2 * SECOND, "{waited:?}");
    for _ in 0..100 {
        assert_timed_out(&refused(tokio::spawn(queue.acquire(0))).await);
    }
    assert_eq!(queue.remaining(), remaining, "none was sent");
    assert_eq!(
        disk.writes(),
        [1],
        "no write is begun beside the one that hangs"
    );

    disk.hangs(false);
    queue.acquire(0).await.unwrap().spend();
    assert_eq!(queue.remaining(), remaining - 1);
    assert_eq!(disk.load().unwrap().spent().len(), 1);
    let written: usize = disk.writes().iter().sum();
    assert!(
        (3..=4).contains(&written),
        "the first, its return, the last, and perhaps that it was sent: {:?}",
        disk.writes()
    );
}
