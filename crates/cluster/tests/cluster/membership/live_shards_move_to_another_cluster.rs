//! Two processes that share the shards of a bot, as two clusters, and move shards between them while messages are written.

use crate::harness::emulator::{builder, emulator, in_time};
use gloaming_cluster::{Cluster, Items, ShardScheme, ShutdownMode};
use gloaming_emulator::Emulator;
use gloaming_protocol::{Event, Intents};
use gloaming_shard::Item;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::interval;

const SHARDS: u32 = 4;

/// Starts a cluster of a part of the shards, and takes items until their guilds have arrived.
async fn running(emulator: &Emulator, shards: std::ops::Range<u32>) -> (Cluster, Items) {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let config =
        gloaming_shard::ConfigBuilder::new(gloaming_emulator::DEFAULT_TOKEN.into(), intents)
            .gateway_url(emulator.url())
            .queue(gloaming_queue::UnlimitedQueue)
            .build();
    let (cluster, events) = builder(emulator, SHARDS)
        .config(config)
        .shard_scheme(ShardScheme::try_from((shards, SHARDS)).unwrap())
        .build()
        .await
        .unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    in_time("the guilds arrive", async {
        while let Some((_, item)) = items.next().await {
            if matches!(item, Item::Cluster(_)) {
                return;
            }
        }
    })
    .await;
    (cluster, items)
}

#[tokio::test]
async fn each_message_arrives_once_while_shards_move() {
    let emulator = emulator(SHARDS, |emulator| emulator.guilds(12)).await;
    let (one, mut items_of_one) = running(&emulator, 0..3).await;
    let (two, mut items_of_two) = running(&emulator, 3..4).await;
    let started = emulator.stats();

    let moving = async {
        for number in [1, 2, 1] {
            let (from, to) = match one.shard(number) {
                Some(_) => (&one, &two),
                None => (&two, &one),
            };
            let mode = ShutdownMode::Resumable;
            let removed = from.remove_shard(number, mode, Duration::from_secs(10));
            let removed = removed.await.unwrap();
            to.add_shard(removed.id, removed.session).unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let guilds = emulator.guild_ids();
    let count = guilds.len() as u64;
    let mut written = 0;
    let mut received: BTreeMap<u64, u64> = BTreeMap::new();
    let mut clock = interval(Duration::from_millis(2));
    let mut has_moved = false;
    in_time("all messages arrive", async {
        tokio::pin!(moving);
        while !has_moved || received.values().sum::<u64>() < written {
            let (_, item) = tokio::select! {
                () = &mut moving, if !has_moved => {
                    has_moved = true;
                    continue;
                }
                _ = clock.tick(), if !has_moved => {
                    let guild = guilds[(written % count) as usize];
                    emulator.say(guild, &(written / count).to_string());
                    written += 1;
                    continue;
                }
                item = items_of_one.next() => item.expect("the stream has not ended"),
                item = items_of_two.next() => item.expect("the stream has not ended"),
            };
            if let Some(Event::MessageCreate(message)) = item.event() {
                let guild = message.guild_id.expect("a guild").get();
                let next = received.entry(guild).or_default();
                assert_eq!(message.content, next.to_string(), "once and in order");
                *next += 1;
            }
        }
    })
    .await;

    let numbers = |cluster: &Cluster| -> Vec<u32> {
        cluster.shards().map(|shard| shard.id().number()).collect()
    };
    assert_eq!((numbers(&one), numbers(&two)), (vec![0, 1], vec![2, 3]));
    let stats = emulator.stats();
    assert_eq!(stats.identifies, started.identifies, "no identify is spent");
    assert_eq!(stats.sessions_resumed - started.sessions_resumed, 3);
    assert_eq!(emulator.violations(), []);
}
