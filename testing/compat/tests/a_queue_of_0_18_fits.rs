//! The real queue of twilight-gateway-queue 0.18, and one that implements its trait, plugged in.

use std::time::Duration;
use tokio::{sync::oneshot, time::Instant};
use twilight_gateway::{Config, ConfigBuilder, Intents, queue::EnqueueQueue};
use twilight_gateway_queue::{IDENTIFY_DELAY, InMemoryQueue, LIMIT_PERIOD, Queue};

fn plugged_in(old: impl Queue + Send + Sync + 'static) -> Config {
    ConfigBuilder::new("token".to_owned(), Intents::GUILDS)
        .queue(EnqueueQueue::new(move |shard| old.enqueue(shard)))
        .build()
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the paused clock")]
async fn its_pace_is_kept() {
    let config = plugged_in(InMemoryQueue::new(1, 1000, LIMIT_PERIOD, 1000));
    let started = Instant::now();
    for shard in 0..4 {
        config.queue().acquire(shard).await.unwrap().spend();
        let due = IDENTIFY_DELAY * shard;
        let late = started.elapsed().checked_sub(due).expect("not too early");
        assert!(late < Duration::from_millis(50), "{shard}: {late:?}");
    }
}

/// Somebody's own.
struct Odd;

impl Queue for Odd {
    fn enqueue(&self, shard: u32) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        if shard % 2 == 1 {
            _ = sender.send(());
        }
        receiver
    }
}

#[tokio::test(start_paused = true)]
async fn one_of_the_bots_own_fits_too() {
    let config = plugged_in(Odd);
    config.queue().acquire(1).await.unwrap().spend();
    assert!(config.queue().acquire(2).await.is_err(), "turned away");
}
