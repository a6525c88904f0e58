//! The protocol does not define a `max_concurrency` of 0, and no value that Discord sends may stop a bot.

#![cfg(feature = "tokio")]

use std::num::NonZeroU16;

use gloaming_queue::{IDENTIFY_DELAY, InMemoryQueue, LIMIT_PERIOD};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the paused clock")]
async fn zero_lets_one_shard_identify_at_a_time() {
    let queue = InMemoryQueue::new(0, 1000, LIMIT_PERIOD, 1000);
    let started = Instant::now();
    for _ in 0..3 {
        queue.acquire(0).await.unwrap().spend();
    }
    assert!(started.elapsed() >= 2 * IDENTIFY_DELAY);
}

#[test]
fn both_integer_types_are_accepted() {
    let sixteen = NonZeroU16::new(16).unwrap();
    let queue = InMemoryQueue::new(16, 1000, LIMIT_PERIOD, 1000);
    assert_eq!(queue.settings().max_concurrency, sixteen);
    queue.update(0, 1000, LIMIT_PERIOD, 1000);
    assert_eq!(queue.settings().max_concurrency, NonZeroU16::MIN);
    queue.update(sixteen, 1000, LIMIT_PERIOD, 1000);
    assert_eq!(queue.settings().max_concurrency, sixteen);
}

#[test]
fn remaining_is_capped_at_the_total() {
    let queue = InMemoryQueue::new(1, 2000, LIMIT_PERIOD, 1000);
    assert_eq!(queue.remaining(), 1000);
}
