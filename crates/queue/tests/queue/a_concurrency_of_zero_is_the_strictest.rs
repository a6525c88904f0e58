//! No rule has a meaning for a `max_concurrency` of 0, and no number that Discord sends may stop a bot.

#![cfg(feature = "tokio")]

use std::num::NonZeroU16;

use gloaming_queue::{IDENTIFY_DELAY, InMemoryQueue, LIMIT_PERIOD, Queue};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the paused clock")]
async fn one_shard_at_a_time() {
    let queue = InMemoryQueue::new(0, 1000, LIMIT_PERIOD, 1000);
    let started = Instant::now();
    for _ in 0..3 {
        queue.acquire(0).await.unwrap().spend();
    }
    assert!(started.elapsed() >= 2 * IDENTIFY_DELAY);
}

#[test]
fn either_kind_of_number_will_do() {
    let sixteen = NonZeroU16::new(16).unwrap();
    let queue = InMemoryQueue::new(16, 1000, LIMIT_PERIOD, 1000);
    assert_eq!(queue.settings().max_concurrency, sixteen);
    queue.update(0, 1000, LIMIT_PERIOD, 1000);
    assert_eq!(queue.settings().max_concurrency, NonZeroU16::MIN);
    queue.update(sixteen, 1000, LIMIT_PERIOD, 1000);
    assert_eq!(queue.settings().max_concurrency, sixteen);
}

#[test]
fn more_left_than_there_are_is_all_of_them() {
    let queue = InMemoryQueue::new(1, 2000, LIMIT_PERIOD, 1000);
    assert_eq!(queue.remaining(), 1000);
}
