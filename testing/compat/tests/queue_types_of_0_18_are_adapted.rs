//! A closure adapts types that implement the `Queue` of the real twilight-gateway-queue 0.18.

use std::time::Duration;
use tokio::{sync::oneshot, time::Instant};
use twilight_gateway::{Config, ConfigBuilder, Intents, queue::EnqueueQueue};
use twilight_gateway_queue::{IDENTIFY_DELAY, InMemoryQueue, LIMIT_PERIOD, Queue};

fn config_with(queue: impl Queue + Send + Sync + 'static) -> Config {
    ConfigBuilder::new("token".to_owned(), Intents::GUILDS)
        .queue(EnqueueQueue::new(move |shard| queue.enqueue(shard)))
        .build()
}

#[tokio::test(start_paused = true)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test runs with a paused clock"
)]
async fn in_memory_queue_keeps_its_interval() {
    let config = config_with(InMemoryQueue::new(1, 1000, LIMIT_PERIOD, 1000));
    let started = Instant::now();
    for shard in 0..4 {
        config.queue().acquire(shard).await.unwrap().spend();
        let due = IDENTIFY_DELAY * shard;
        let late = started
            .elapsed()
            .checked_sub(due)
            .expect("the permit is not early");
        assert!(late < Duration::from_millis(50), "{shard}: {late:?}");
    }
}

/// A custom queue that grants odd shards, and closes the channel of even ones.
struct OddShards;

impl Queue for OddShards {
    fn enqueue(&self, shard: u32) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        if shard % 2 == 1 {
            _ = sender.send(());
        }
        receiver
    }
}

#[tokio::test(start_paused = true)]
async fn custom_queue_grants_and_refuses() {
    let config = config_with(OddShards);
    config.queue().acquire(1).await.unwrap().spend();
    assert!(config.queue().acquire(2).await.is_err());
}
