//! The bots' tests, the same for whatever `twilight_gateway` is.

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
async fn shards_in_tasks() {
    let emulator = start(Emulator::builder().shards(2).max_concurrency(2)).await;
    let rest = emulator.rest_url().trim_start_matches("http://").to_owned();
    let enough = async {
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
    let started = shards_in_tasks::run(token, gateway, rest, enough).await;
    assert_eq!(started.expect("the bot ends well"), 2);
    let stats = emulator.stats();
    assert_eq!((stats.identifies, stats.rest_requests), (2, 1));
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn one_shard_by_hand() {
    let emulator = start(Emulator::builder()).await;
    let guild = emulator.guild_ids()[0].get();
    let (token, gateway) = (DEFAULT_TOKEN.to_owned(), emulator.url().to_owned());
    let kept = one_shard_by_hand::first_life(token.clone(), gateway.clone(), guild)
        .await
        .expect("the first life ends well");
    one_shard_by_hand::second_life(token, gateway, kept)
        .await
        .expect("the second life ends well");
    let stats = emulator.stats();
    assert_eq!(stats.identifies, 1);
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn wrapped_queue_enqueues_each_shard_once() {
    let emulator = start(Emulator::builder().shards(2).max_concurrency(2)).await;
    let (token, gateway) = (DEFAULT_TOKEN.to_owned(), emulator.url().to_owned());
    let enqueued = custom_queue::wrapped_queue(token, gateway).await;
    assert_eq!(enqueued.expect("the bot ends well"), 2);
    assert_eq!(emulator.stats().identifies, 2);
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn closed_channel_of_a_custom_queue_enqueues_again() {
    let emulator = start(Emulator::builder()).await;
    let (token, gateway) = (DEFAULT_TOKEN.to_owned(), emulator.url().to_owned());
    custom_queue::broker_queue(token, gateway)
        .await
        .expect("the bot ends well");
    assert_eq!(emulator.stats().identifies, 1);
    assert_eq!(emulator.violations(), []);
}
