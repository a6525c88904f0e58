//! A function in the form of twilight-gateway-queue's `enqueue` or `request` is
//! an identify queue.

#![cfg(feature = "tokio")]

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::harness::ManualQueue;
use gloaming_queue::{EnqueueQueue, IdentifyQueue, Permit, QueueError, QueueErrorKind};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, yield_now},
    time::{Instant, sleep},
};

/// Acquires a permit for `shard` in a task.
fn acquire(manual: &ManualQueue, shard: u32) -> JoinHandle<Result<Permit, QueueError>> {
    let manual = manual.clone();
    let queue = EnqueueQueue::new(move |shard| manual.push(shard));
    tokio::spawn(async move { queue.acquire(shard).await })
}

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test(start_paused = true)]
async fn message_grants_a_permit() {
    let manual = ManualQueue::default();
    let permit = acquire(&manual, 7);
    yield_now().await;
    let (shard, sender) = manual.pop().expect("the shard is enqueued");
    assert_eq!(shard, 7);
    assert!(!permit.is_finished());
    sender.send(()).unwrap();
    permit.await.unwrap().unwrap().spend();
    assert!(manual.pop().is_none(), "it enqueued once");
}

#[tokio::test(start_paused = true)]
async fn closed_channel_enqueues_the_shard_again() {
    let manual = ManualQueue::default();
    let permit = acquire(&manual, 7);
    for _ in 0..3 {
        sleep(Duration::from_secs(1)).await;
        drop(manual.pop().expect("the shard is enqueued"));
    }
    sleep(Duration::from_secs(1)).await;
    let (shard, sender) = manual.pop().expect("the shard is enqueued");
    assert_eq!(shard, 7);
    sender.send(()).unwrap();
    permit.await.unwrap().unwrap().spend();
}

#[tokio::test(start_paused = true)]
async fn repeatedly_closed_channel_is_an_error_after_increasing_waits() {
    let attempts = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&attempts);
    let queue = EnqueueQueue::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        oneshot::channel().1
    });
    let started = now();
    let error = queue.acquire(3).await.unwrap_err();
    assert_eq!(error.kind(), QueueErrorKind::Backend);
    let source = error.source().unwrap().to_string();
    assert!(source.contains("shard 3"), "{source}");
    assert_eq!(attempts.load(Ordering::Relaxed), 6);
    assert!(
        now() - started >= Duration::from_secs(1),
        "it waited between the attempts"
    );
}

#[tokio::test(start_paused = true)]
async fn dropped_acquire_drops_the_receiver() {
    let manual = ManualQueue::default();
    let permit = acquire(&manual, 0);
    yield_now().await;
    let (_, sender) = manual.pop().expect("the shard is enqueued");
    permit.abort();
    assert!(permit.await.unwrap_err().is_cancelled());
    assert!(sender.is_closed());
}

#[tokio::test(start_paused = true)]
async fn completed_future_grants_a_permit() {
    let interval = Duration::from_secs(6);
    let queue = EnqueueQueue::from_future(move |shard| sleep(interval * shard));
    let started = now();
    for shard in [0, 2] {
        queue.acquire(shard).await.unwrap().spend();
        assert_eq!((now() - started).as_secs(), 6 * u64::from(shard));
    }
}
