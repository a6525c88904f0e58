//! A shard that waits can say for what, and how long.

#![cfg(feature = "tokio")]

use std::sync::Arc;

use crate::support::{DAY, HOUR, INTERVAL, plenty};
use gloaming_queue::{
    EnqueueQueue, InMemoryQueue, Position, Queue, Settings, UnlimitedQueue, WaitReason,
};
use tokio::task::yield_now;

#[tokio::test(start_paused = true)]
async fn for_a_turn() {
    let queue = InMemoryQueue::with_settings(plenty(1));
    let held = queue.acquire(0).await.unwrap();
    for shard in 1..4 {
        tokio::spawn(queue.acquire(shard));
    }
    yield_now().await;
    assert_eq!(
        queue.waiting(3),
        Some(Position {
            ahead: 3,
            estimate: 3 * INTERVAL,
            reason: WaitReason::Turn,
        })
    );
    assert_eq!(queue.waiting(0), None, "it has its permit");
    assert_eq!(queue.waiting(9), None, "it never asked");
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn for_the_daily_reset() {
    let queue = InMemoryQueue::with_settings(Settings {
        remaining: 10,
        total: 1000,
        reset_after: HOUR,
        reserve: 10,
        ..plenty(1)
    });
    tokio::spawn(queue.acquire(0));
    yield_now().await;
    let position = queue.waiting(0).unwrap();
    assert_eq!(position.reason, WaitReason::Budget);
    assert!(position.estimate <= HOUR && position.estimate > HOUR - INTERVAL);
}

#[tokio::test(start_paused = true)]
async fn until_an_update_brings_better_news() {
    let queue = InMemoryQueue::new(plenty(1).max_concurrency, 0, DAY, 1000);
    let waiting = tokio::spawn(queue.acquire(0));
    yield_now().await;
    assert!(queue.waiting(0).is_some());
    assert_eq!(queue.remaining(), 0);

    queue.update(plenty(1).max_concurrency, 500, DAY, 1000);
    waiting.await.unwrap().unwrap().spend();
    assert_eq!(queue.remaining(), 499);
    assert_eq!(queue.settings().reserve, 10);
}

#[tokio::test]
async fn a_queue_that_never_waits_says_nothing() {
    let queue = UnlimitedQueue;
    for shard in 0..3 {
        queue.acquire(shard).await.unwrap().spend();
    }
    assert_eq!(queue.waiting(0), None);
}

#[tokio::test(start_paused = true)]
async fn through_a_pointer_too() {
    let queue: Arc<dyn Queue> = Arc::new(InMemoryQueue::with_settings(plenty(1)));
    let behind_two = Arc::new(Arc::clone(&queue));
    let held = behind_two.acquire(0).await.unwrap();
    tokio::spawn(behind_two.acquire(1));
    yield_now().await;
    assert!(behind_two.waiting(1).is_some());
    assert_eq!(behind_two.waiting(1), queue.waiting(1));
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn in_what_a_queue_shows_of_itself() {
    let queue = InMemoryQueue::with_settings(plenty(7));
    let _held = queue.acquire(0).await.unwrap();
    tokio::spawn(queue.acquire(7));
    yield_now().await;
    let shown = format!("{queue:?}");
    for part in [
        "InMemoryQueue",
        "waiting: 1",
        "remaining: 1000000",
        "max_concurrency: 7",
    ] {
        assert!(shown.contains(part), "no `{part}` in {shown}");
    }
    let permit = queue.acquire(1).await.unwrap();
    assert_eq!(format!("{permit:?}"), "Permit { counted: true }");
    let plugged_in = EnqueueQueue::from_future(|_| async {});
    assert_eq!(format!("{plugged_in:?}"), "EnqueueQueue { .. }");
}
