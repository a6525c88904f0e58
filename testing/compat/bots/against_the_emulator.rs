//! The tests of the bots, independent of the package that is called `twilight_gateway`.

#[path = "custom_queue.rs"]
mod custom_queue;
#[path = "one_shard_by_hand.rs"]
mod one_shard_by_hand;
#[path = "shards_in_tasks.rs"]
mod shards_in_tasks;

use gloaming_emulator::{DEFAULT_TOKEN, Emulator, EmulatorBuilder};
use std::sync::atomic::Ordering;

async fn start(builder: EmulatorBuilder) -> Emulator {
    builder
        .guilds(4)
        .members(20)
        .events_per_second(50.0)
        .start()
        .await
        .expect("loopback can be listened on")
}

#[tokio::test]
async fn recommended_shards_run_in_tasks() {
    let emulator = start(Emulator::builder().shards(2).max_concurrency(2)).await;
    let rest = emulator.rest_url().trim_start_matches("http://").to_owned();
    let shutdown = async {
        loop {
            let ready = shards_in_tasks::READY.load(Ordering::Relaxed);
            let messages = shards_in_tasks::MESSAGES.load(Ordering::Relaxed);
            if ready == 2 && messages >= 10 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let (token, gateway) = (DEFAULT_TOKEN.to_owned(), emulator.url().to_owned());
    let started = shards_in_tasks::run(token, gateway, rest, shutdown).await;
    assert_eq!(started.expect("the bot succeeds"), 2);
    let stats = emulator.stats();
    assert_eq!((stats.identifies, stats.rest_requests), (2, 1));
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn session_is_resumed_after_a_restart() {
    let emulator = start(Emulator::builder()).await;
    let guild = emulator.guild_ids()[0].get();
    let (token, gateway) = (DEFAULT_TOKEN.to_owned(), emulator.url().to_owned());
    let saved = one_shard_by_hand::run_first(token.clone(), gateway.clone(), guild)
        .await
        .expect("the bot succeeds before the restart");
    one_shard_by_hand::run_resumed(token, gateway, saved)
        .await
        .expect("the bot succeeds after the restart");
    let stats = emulator.stats();
    assert_eq!(stats.identifies, 1);
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn wrapped_queue_enqueues_each_shard_once() {
    let emulator = start(Emulator::builder().shards(2).max_concurrency(2)).await;
    let (token, gateway) = (DEFAULT_TOKEN.to_owned(), emulator.url().to_owned());
    let enqueued = custom_queue::wrapped_queue(token, gateway).await;
    assert_eq!(enqueued.expect("the bot succeeds"), 2);
    assert_eq!(emulator.stats().identifies, 2);
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn shard_is_enqueued_again_after_a_custom_queue_closes_its_channel() {
    let emulator = start(Emulator::builder()).await;
    let (token, gateway) = (DEFAULT_TOKEN.to_owned(), emulator.url().to_owned());
    custom_queue::broker_queue(token, gateway)
        .await
        .expect("the bot succeeds");
    assert_eq!(emulator.stats().identifies, 1);
    assert_eq!(emulator.violations(), []);
}
