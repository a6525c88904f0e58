//! A queue in the form of twilight-gateway-queue's, plugged in.

#![cfg(feature = "tokio")]

use std::{
    error::Error,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use gloaming_queue::{EnqueueQueue, Queue, QueueErrorKind};
use tokio::{
    sync::oneshot,
    task::yield_now,
    time::{Instant, sleep},
};

/// Keeps the senders, to answer when the test says so.
#[derive(Clone, Default)]
struct ByHand {
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A shard, and how to let it go ahead.
type Asked = (u32, oneshot::Sender<()>);

impl ByHand {
    fn enqueue(&self, shard: u32) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.asked.lock().unwrap().push((shard, sender));
        receiver
    }

    fn take(&self) -> Option<Asked> {
        self.asked.lock().unwrap().pop()
    }
}

fn plugged_in(old: &ByHand) -> EnqueueQueue {
    let old = old.clone();
    EnqueueQueue::new(move |shard| old.enqueue(shard))
}

#[expect(clippy::disallowed_methods, reason = "the paused clock")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test(start_paused = true)]
async fn its_message_is_a_permit() {
    let old = ByHand::default();
    let permit = tokio::spawn(plugged_in(&old).acquire(7));
    yield_now().await;
    let (shard, go_ahead) = old.take().expect("the shard is in line");
    assert_eq!(shard, 7);
    assert!(!permit.is_finished());
    go_ahead.send(()).unwrap();
    permit.await.unwrap().unwrap().spend();
    assert!(old.take().is_none(), "it asked once");
}

#[tokio::test(start_paused = true)]
async fn a_closed_channel_puts_the_shard_in_line_again() {
    let old = ByHand::default();
    let permit = tokio::spawn(plugged_in(&old).acquire(7));
    for _ in 0..3 {
        sleep(Duration::from_secs(1)).await;
        drop(old.take().expect("the shard is in line"));
    }
    sleep(Duration::from_secs(1)).await;
    let (shard, go_ahead) = old.take().expect("the shard is in line");
    assert_eq!(shard, 7);
    go_ahead.send(()).unwrap();
    permit.await.unwrap().unwrap().spend();
}

#[tokio::test(start_paused = true)]
async fn one_that_only_closes_is_an_error_and_no_hot_loop() {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let queue = EnqueueQueue::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        oneshot::channel().1
    });
    let started = now();
    let error = queue.acquire(3).await.unwrap_err();
    assert_eq!(*error.kind(), QueueErrorKind::Backend);
    let cause = error.source().unwrap().to_string();
    assert!(cause.contains("shard 3"), "{cause}");
    assert_eq!(asked.load(Ordering::Relaxed), 6);
    assert!(
        now() - started >= Duration::from_secs(1),
        "it waited between"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dropped_acquire_leaves_the_line() {
    let old = ByHand::default();
    let permit = tokio::spawn(plugged_in(&old).acquire(0));
    yield_now().await;
    let (_, go_ahead) = old.take().expect("the shard is in line");
    permit.abort();
    assert!(permit.await.unwrap_err().is_cancelled());
    assert!(go_ahead.is_closed(), "its queue can tell");
}

#[tokio::test(start_paused = true)]
async fn one_that_answers_with_a_future_fits_too() {
    let interval = Duration::from_secs(6);
    let queue = EnqueueQueue::from_future(move |shard| sleep(interval * shard));
    let started = now();
    for shard in [0, 2] {
        queue.acquire(shard).await.unwrap().spend();
        assert_eq!((now() - started).as_secs(), 6 * u64::from(shard));
    }
}
