//! A shard that stops waiting leaves the queue immediately, at any point.

#![cfg(feature = "tokio")]

use std::time::Duration;

use crate::harness::{INTERVAL, unlimited_budget};
use gloaming_queue::{InMemoryQueue, PERMIT_LEASE};
use tokio::{
    task::yield_now,
    time::{Instant, advance, timeout},
};

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}

/// Allows for the resolution of tokio's timers, 1 ms.
fn assert_lasted(time: Duration, start: Instant) {
    let lasted = now() - start;
    assert!(
        (time..time + Duration::from_millis(10)).contains(&lasted),
        "{lasted:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn acquire_dropped_before_its_first_poll_never_joins() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(1));
    let unpolled = queue.acquire(0);
    let start = now();
    queue.acquire(1).await.unwrap().spend();
    drop(unpolled);
    assert_eq!(now(), start);
}

#[tokio::test(start_paused = true)]
async fn acquire_dropped_while_waiting_leaves() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(1));
    queue.acquire(0).await.unwrap().spend();
    let start = now();
    let result = timeout(INTERVAL / 2, queue.acquire(1)).await;
    assert!(result.is_err());
    assert_eq!(queue.waiting(1), None);
    queue.acquire(2).await.unwrap().spend();
    assert_lasted(INTERVAL, start);
}

#[tokio::test(start_paused = true)]
async fn acquire_that_started_the_timer_leaves() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(2));
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
async fn acquire_dropped_after_its_grant_releases_the_permit() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(1));
    let held = queue.acquire(0).await.unwrap();
    let mut first = Box::pin(queue.acquire(1));
    let second = queue.acquire(2);
    assert!(timeout(INTERVAL, first.as_mut()).await.is_err());
    let second = tokio::spawn(second);
    yield_now().await;

    // The permit is granted to the first, which is never polled again.
    drop(held);
    assert_eq!(queue.waiting(1), None, "its permit was granted");
    let start = now();
    drop(first);
    drop(second.await.unwrap().unwrap());
    assert_eq!(
        now(),
        start,
        "the unused permit was granted again immediately"
    );
}

#[tokio::test(start_paused = true)]
async fn acquire_that_is_not_polled_does_not_delay_other_keys() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(2));
    queue.acquire(0).await.unwrap().spend();
    queue.acquire(1).await.unwrap().spend();
    let mut idle = Box::pin(queue.acquire(2));
    assert!(timeout(INTERVAL / 2, idle.as_mut()).await.is_err());
    let start = now();
    queue.acquire(3).await.unwrap().spend();
    assert!(now() - start <= INTERVAL);
}

#[tokio::test(start_paused = true)]
async fn grant_that_is_not_picked_up_lapses() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(1));
    queue.acquire(0).await.unwrap().spend();
    let mut idle = Box::pin(queue.acquire(1));
    assert!(timeout(INTERVAL / 2, idle.as_mut()).await.is_err());

    advance(INTERVAL + PERMIT_LEASE).await;
    queue.acquire(2).await.unwrap().spend();
    let start = now();
    idle.await.unwrap().spend();
    assert!(now() - start >= INTERVAL, "it waited for a new grant");
}
