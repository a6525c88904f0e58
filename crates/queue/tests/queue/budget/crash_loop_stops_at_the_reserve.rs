//! P12: the ledger stops a bot that identifies, crashes and restarts in a loop.

#![cfg(feature = "tokio")]

use crate::harness::{DAY, INTERVAL, Scratch, concurrency};
use gloaming_queue::{FileLedger, InMemoryQueue, Ledger, QueueSettings};
use tokio::time::{Instant, timeout};

const SETTINGS: QueueSettings = QueueSettings {
    max_concurrency: concurrency(1),
    remaining: 30,
    total: 30,
    reset_after: DAY,
    reserve: 5,
};

/// One run of the bot, which shares only the ledger with earlier runs. Returns
/// whether it identified.
async fn run(ledger: FileLedger) -> bool {
    let queue = InMemoryQueue::with_ledger(SETTINGS, ledger).unwrap();
    match timeout(DAY / 3, queue.acquire(0)).await {
        Ok(permit) => {
            permit.unwrap().spend();
            true
        }
        Err(_) => false,
    }
}

#[tokio::test(start_paused = true)]
async fn restarts_stop_at_the_reserve() {
    let scratch = Scratch::new("crash_loop");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    let mut identifies = 0;
    while run(ledger.clone()).await {
        identifies += 1;
    }
    assert_eq!(identifies, 25);
    assert!(
        !run(ledger).await,
        "another restart does not identify either"
    );
}

#[tokio::test(start_paused = true)]
async fn restart_keeps_the_spacing() {
    let scratch = Scratch::new("distance");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    assert!(run(ledger.clone()).await);
    let start = now();
    assert!(run(ledger).await);
    assert!(now() - start > INTERVAL / 2);
}

#[tokio::test(start_paused = true)]
async fn reported_limit_replaces_the_count() {
    let scratch = Scratch::new("reported");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    while run(ledger.clone()).await {}

    let queue = InMemoryQueue::with_ledger(SETTINGS, ledger.clone()).unwrap();
    queue.update(SETTINGS.max_concurrency, 7, DAY, 30);
    for shard in 0..2 {
        queue.acquire(shard).await.unwrap().spend();
    }
    drop(queue);
    let queue = InMemoryQueue::with_ledger(SETTINGS, ledger).unwrap();
    let remaining = queue.remaining();
    assert!(
        (4..=5).contains(&remaining),
        "an identify of the same millisecond as the report may count: {remaining}"
    );
}

#[tokio::test(start_paused = true)]
async fn returned_permits_are_removed_from_the_ledger() {
    let scratch = Scratch::new("returned");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    let queue = InMemoryQueue::with_ledger(SETTINGS, ledger.clone()).unwrap();
    let permit = queue.acquire(0).await.unwrap();
    assert_eq!(
        ledger.load().unwrap().spent().len(),
        1,
        "recorded at the grant"
    );
    drop(permit);
    // Entries are written in order, so the return precedes this one.
    queue.acquire(1).await.unwrap().spend();
    let record = ledger.load().unwrap();
    assert_eq!(record.spent().len(), 1);
    assert_eq!(record.spent().next().map(|spent| spent.shard), Some(1));
}

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}
