//! A type that implements the trait of twilight-gateway-queue 0.18 is an
//! identify queue, by itself and through pointers.

#![cfg(feature = "tokio")]

use std::{error::Error, sync::Arc, time::Duration};

use crate::harness::{INTERVAL, ManualQueue, unlimited_budget};
use gloaming_queue::{
    EnqueueQueue, IdentifyQueue, InMemoryQueue, Queue, QueueErrorKind, UnlimitedQueue,
};
use tokio::{
    sync::oneshot,
    task::yield_now,
    time::{Instant, sleep},
};

/// Implements only what twilight-gateway-queue 0.18 requires.
struct Custom(ManualQueue);

impl Queue for Custom {
    fn enqueue(&self, id: u32) -> oneshot::Receiver<()> {
        self.0.push(id)
    }
}

/// Lets even shards proceed, and closes the channel of odd ones.
struct EvenShards;

impl Queue for EvenShards {
    fn enqueue(&self, id: u32) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        if id.is_multiple_of(2) {
            _ = sender.send(());
        }
        receiver
    }
}

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}

/// Both traits behind one bound, as a shard's configuration has it.
fn shared(queue: impl IdentifyQueue + 'static) -> Arc<dyn IdentifyQueue> {
    Arc::new(queue)
}

#[tokio::test(start_paused = true)]
async fn message_grants_a_permit_and_closed_channels_enqueue_again() {
    let manual = ManualQueue::default();
    let queue = shared(Custom(manual.clone()));
    let permit = tokio::spawn(async move { queue.acquire(7).await });
    for _ in 0..3 {
        sleep(Duration::from_secs(1)).await;
        let (shard, _) = manual.pop().expect("the shard is enqueued");
        assert_eq!(shard, 7);
    }
    sleep(Duration::from_secs(1)).await;
    let (_, sender) = manual.pop().expect("the shard is enqueued");
    assert!(!permit.is_finished());
    sender.send(()).unwrap();
    permit.await.unwrap().unwrap().spend();
    assert!(manual.pop().is_none(), "it enqueued once more");
}

#[tokio::test(start_paused = true)]
async fn dropped_acquire_drops_the_receiver() {
    let manual = ManualQueue::default();
    let queue = shared(Custom(manual.clone()));
    let permit = tokio::spawn(async move { queue.acquire(0).await });
    yield_now().await;
    let (_, sender) = manual.pop().expect("the shard is enqueued");
    permit.abort();
    assert!(permit.await.unwrap_err().is_cancelled());
    assert!(sender.is_closed());
}

#[tokio::test(start_paused = true)]
async fn repeatedly_closed_channel_is_an_error() {
    let queue = shared(EvenShards);
    queue.acquire(2).await.unwrap().spend();
    let error = queue.acquire(3).await.unwrap_err();
    assert_eq!(error.kind(), QueueErrorKind::Backend);
    let source = error.source().unwrap().to_string();
    assert!(source.contains("shard 3"), "{source}");
    assert_eq!(queue.waiting(3), None);
}

#[test]
fn custom_queues_have_a_name_in_debug_output() {
    let closure = shared(EnqueueQueue::from_future(|_| async {}));
    assert!(
        format!("{closure:?}").starts_with("EnqueueQueue"),
        "{closure:?}"
    );
    let custom = shared(EvenShards);
    assert!(format!("{custom:?}").contains("EvenShards"), "{custom:?}");
}

#[tokio::test(start_paused = true)]
async fn pointers_to_a_queue_are_accepted() {
    static QUEUE: EvenShards = EvenShards;

    let boxed: Box<dyn Queue> = Box::new(EvenShards);
    let dynamic: Arc<dyn Queue> = Arc::new(EvenShards);
    let permits: Arc<dyn IdentifyQueue> = Arc::new(EvenShards);
    for queue in [
        shared(&QUEUE),
        shared(boxed),
        shared(dynamic),
        shared(Arc::new(EvenShards)),
        shared(permits),
        shared(UnlimitedQueue),
        shared(Arc::new(UnlimitedQueue)),
        shared(InMemoryQueue::default()),
        shared(Arc::new(InMemoryQueue::default())),
    ] {
        queue.acquire(0).await.unwrap().spend();
    }
}

#[tokio::test(start_paused = true)]
async fn in_memory_queue_keeps_its_leases_through_either_trait() {
    static QUEUE: std::sync::LazyLock<InMemoryQueue> =
        std::sync::LazyLock::new(|| InMemoryQueue::with_settings(unlimited_budget(1)));

    let owned = InMemoryQueue::with_settings(unlimited_budget(1));
    let dynamic: Arc<dyn Queue> = Arc::new(InMemoryQueue::with_settings(unlimited_budget(1)));
    let boxed: Box<dyn Queue> = Box::new(InMemoryQueue::with_settings(unlimited_budget(1)));
    for queue in [
        shared(owned),
        shared(dynamic),
        shared(boxed),
        shared(&*QUEUE),
    ] {
        let start = now();
        drop(queue.acquire(0).await.unwrap());
        queue.acquire(1).await.unwrap().spend();
        assert_eq!(now(), start, "the unused permit was returned");
        let other = Arc::clone(&queue);
        let waiting = tokio::spawn(async move { other.acquire(2).await });
        yield_now().await;
        assert!(queue.waiting(2).is_some());
        assert!(format!("{queue:?}").starts_with("InMemoryQueue {"));
        waiting.await.unwrap().unwrap().spend();
        assert!(now() - start >= INTERVAL);
    }
}

#[test]
fn debug_shows_the_type_of_a_queue() {
    let queue = shared(EvenShards);
    assert!(format!("{queue:?}").ends_with("EvenShards"));
    assert_eq!(
        format!("{:?}", shared(Arc::new(UnlimitedQueue))),
        "UnlimitedQueue"
    );
    let dynamic: Box<dyn Queue> = Box::new(InMemoryQueue::default());
    assert!(format!("{dynamic:?}").starts_with("InMemoryQueue {"));
}
