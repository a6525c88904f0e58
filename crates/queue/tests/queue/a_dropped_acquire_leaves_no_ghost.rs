//! Whoever stops waiting is gone at once, at whatever moment.

#![cfg(feature = "tokio")]

use std::time::Duration;

use crate::support::{INTERVAL, plenty};
use gloaming_queue::{InMemoryQueue, LEASE, Queue};
use tokio::{
    task::yield_now,
    time::{Instant, advance, timeout},
};

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}

/// Timers of tokio are good to a millisecond.
fn assert_lasted(time: Duration, start: Instant) {
    let lasted = now() - start;
    assert!(
        (time..time + Duration::from_millis(10)).contains(&lasted),
        "{lasted:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn before_it_was_polled() {
    let queue = InMemoryQueue::with_settings(plenty(1));
    let never = queue.acquire(0);
    let start = now();
    queue.acquire(1).await.unwrap().spend();
    drop(never);
    assert_eq!(now(), start);
}

#[tokio::test(start_paused = true)]
async fn while_it_waits() {
    let queue = InMemoryQueue::with_settings(plenty(1));
    queue.acquire(0).await.unwrap().spend();
    let start = now();
    let given_up = timeout(INTERVAL / 2, queue.acquire(1)).await;
    assert!(given_up.is_err());
    assert_eq!(queue.waiting(1), None);
    queue.acquire(2).await.unwrap().spend();
    assert_lasted(INTERVAL, start);
}

#[tokio::test(start_paused = true)]
async fn while_it_keeps_the_clock_for_others() {
    let queue = InMemoryQueue::with_settings(plenty(2));
    queue.acquire(0).await.unwrap().spend();
    queue.acquire(1).await.unwrap().spend();
    let start = now();
    let first = tokio::spawn(queue.acquire(2));
    yield_now().await;
    let others = [3, 4, 5, 6].map(|shard| tokio::spawn(queue.acquire(shard)));
    yield_now().await;
    first.abort();
    for other in others {
        other.await.unwrap().unwrap().spend();
    }
    assert_lasted(2 * INTERVAL, start);
}

#[tokio::test(start_paused = true)]
async fn when_its_permit_is_on_the_way() {
    let queue = InMemoryQueue::with_settings(plenty(1));
    let held = queue.acquire(0).await.unwrap();
    let mut first = Box::pin(queue.acquire(1));
    let second = queue.acquire(2);
    assert!(timeout(INTERVAL, first.as_mut()).await.is_err());
    let second = tokio::spawn(second);
    yield_now().await;

    // Grants to the first, which is never polled again.
    drop(held);
    assert_eq!(queue.waiting(1), None, "it was granted");
    let start = now();
    drop(first);
    drop(second.await.unwrap().unwrap());
    assert_eq!(now(), start, "the unused permit went on at once");
}

#[tokio::test(start_paused = true)]
async fn nor_does_one_that_is_not_polled_hold_up_other_keys() {
    let queue = InMemoryQueue::with_settings(plenty(2));
    queue.acquire(0).await.unwrap().spend();
    queue.acquire(1).await.unwrap().spend();
    let mut idle = Box::pin(queue.acquire(2));
    assert!(timeout(INTERVAL / 2, idle.as_mut()).await.is_err());
    let start = now();
    queue.acquire(3).await.unwrap().spend();
    assert!(now() - start <= INTERVAL);
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_is_not_picked_up_is_not_good_for_ever() {
    let queue = InMemoryQueue::with_settings(plenty(1));
    queue.acquire(0).await.unwrap().spend();
    let mut idle = Box::pin(queue.acquire(1));
    assert!(timeout(INTERVAL / 2, idle.as_mut()).await.is_err());

    advance(INTERVAL + LEASE).await;
    queue.acquire(2).await.unwrap().spend();
    let start = now();
    idle.await.unwrap().spend();
    assert!(now() - start >= INTERVAL, "it waits for its turn again");
}
