//! P12: a bot that identifies, crashes and starts over is stopped by what its
//! earlier lives have left on record.

#![cfg(feature = "tokio")]

use crate::support::{DAY, INTERVAL, Scratch, concurrency};
use gloaming_queue::{FileLedger, InMemoryQueue, Ledger, Queue, Settings};
use tokio::time::{Instant, timeout};

const SETTINGS: Settings = Settings {
    max_concurrency: concurrency(1),
    remaining: 30,
    total: 30,
    reset_after: DAY,
    reserve: 5,
};

/// One life of the bot, which knows nothing of the ones before it. Tells whether
/// it got to identify.
async fn life(ledger: FileLedger) -> bool {
    let queue = InMemoryQueue::with_ledger(SETTINGS, ledger).unwrap();
    match timeout(DAY / 2, queue.acquire(0)).await {
        Ok(permit) => {
            permit.unwrap().spend();
            true
        }
        Err(_) => false,
    }
}

#[tokio::test(start_paused = true)]
async fn the_reserve_is_left() {
    let scratch = Scratch::new("crash_loop");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    let mut identifies = 0;
    while life(ledger.clone()).await {
        identifies += 1;
    }
    assert_eq!(identifies, 25);
    assert!(!life(ledger).await, "nor does it help to try again");
}

#[tokio::test(start_paused = true)]
async fn a_new_life_keeps_its_distance_to_the_last() {
    let scratch = Scratch::new("distance");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    assert!(life(ledger.clone()).await);
    let start = now();
    assert!(life(ledger).await);
    assert!(now() - start > INTERVAL / 2);
}

#[tokio::test(start_paused = true)]
async fn what_discord_says_wins() {
    let scratch = Scratch::new("announced");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    while life(ledger.clone()).await {}

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
        "remembered, and in doubt about an identify of the same millisecond it counts: {remaining}"
    );
}

#[tokio::test(start_paused = true)]
async fn permits_that_come_back_are_not_on_record() {
    let scratch = Scratch::new("returned");
    let ledger = FileLedger::new(scratch.join("identifies.json"));
    let queue = InMemoryQueue::with_ledger(SETTINGS, ledger.clone()).unwrap();
    let permit = queue.acquire(0).await.unwrap();
    assert_eq!(ledger.load().unwrap().spent().len(), 1, "from the grant on");
    drop(permit);
    // Written after what came before it.
    queue.acquire(1).await.unwrap().spend();
    let record = ledger.load().unwrap();
    assert_eq!(record.spent().len(), 1);
    assert_eq!(record.spent()[0].shard, 1);
}

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}
