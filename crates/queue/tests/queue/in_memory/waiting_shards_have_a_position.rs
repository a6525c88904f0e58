//! A waiting shard has a position, an estimate and a reason.

#![cfg(feature = "tokio")]

use std::sync::Arc;

use crate::harness::{DAY, HOUR, INTERVAL, unlimited_budget};
use gloaming_queue::{
    EnqueueQueue, IdentifyQueue, InMemoryQueue, Position, QueueSettings, UnlimitedQueue, WaitReason,
};
use tokio::task::yield_now;

#[tokio::test(start_paused = true)]
async fn shard_waits_for_the_concurrency_limit() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(1));
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
            reason: WaitReason::Concurrency,
        })
    );
    assert_eq!(queue.waiting(0), None, "it has a permit");
    assert_eq!(queue.waiting(9), None, "it never enqueued");
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn shard_waits_for_the_daily_reset() {
    let queue = InMemoryQueue::with_settings(QueueSettings {
        remaining: 10,
        total: 1000,
        reset_after: HOUR,
        reserve: 10,
        ..unlimited_budget(1)
    });
    tokio::spawn(queue.acquire(0));
    yield_now().await;
    let position = queue.waiting(0).unwrap();
    assert_eq!(position.reason, WaitReason::Budget);
    assert!(position.estimate <= HOUR && position.estimate > HOUR - INTERVAL);
}

#[tokio::test(start_paused = true)]
async fn update_ends_the_wait() {
    let queue = InMemoryQueue::new(unlimited_budget(1).max_concurrency, 0, DAY, 1000);
    let waiting = tokio::spawn(queue.acquire(0));
    yield_now().await;
    assert!(queue.waiting(0).is_some());
    assert_eq!(queue.remaining(), 0);

    queue.update(unlimited_budget(1).max_concurrency, 500, DAY, 1000);
    waiting.await.unwrap().unwrap().spend();
    assert_eq!(queue.remaining(), 499);
    assert_eq!(queue.settings().reserve, 10);
}

#[tokio::test]
async fn unlimited_queue_has_no_positions() {
    let queue = UnlimitedQueue;
    for shard in 0..3 {
        queue.acquire(shard).await.unwrap().spend();
    }
    assert_eq!(queue.waiting(0), None);
}

#[tokio::test(start_paused = true)]
async fn positions_are_available_through_pointers() {
    let queue: Arc<dyn IdentifyQueue> = Arc::new(InMemoryQueue::with_settings(unlimited_budget(1)));
    let behind_two = Arc::new(Arc::clone(&queue));
    let held = behind_two.acquire(0).await.unwrap();
    let waiting = Arc::clone(&queue);
    tokio::spawn(async move { waiting.acquire(1).await });
    yield_now().await;
    assert!(behind_two.waiting(1).is_some());
    assert_eq!(behind_two.waiting(1), queue.waiting(1));
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn debug_shows_the_state_of_the_queue() {
    let queue = InMemoryQueue::with_settings(unlimited_budget(7));
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
    let adapted = EnqueueQueue::from_future(|_| async {});
    assert_eq!(format!("{adapted:?}"), "EnqueueQueue { .. }");
}
