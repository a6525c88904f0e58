//! Events that the consumer does not take in time wait in the buffer and in the socket.

use crate::harness::{config, finish, in_time, is_ready, shard, start, until, variants};
use gloaming_emulator::{Emulator, Flood, Selector};
use gloaming_queue::InMemoryQueue;
use gloaming_shard::{
    CloseFrame, EventTypeFlags, Item, Lifecycle, Shard, ShardId, SpawnedShard, StreamExt as _,
};
use std::{num::NonZeroU16, time::Duration};

async fn next(shard: &mut SpawnedShard) -> Option<Item> {
    in_time("an item", shard.next_item()).await
}

#[tokio::test]
async fn spawned_shard_with_a_late_consumer_loses_nothing() {
    const EVENTS: u64 = 3_000;
    let emulator = start(Emulator::builder().guilds(1).replay_buffer(10_000)).await;
    for (variant, config) in variants(&emulator) {
        let shard = shard(config);
        let mut spawned = shard.spawn(EventTypeFlags::all(), 4);
        while !is_ready(&next(&mut spawned).await.unwrap()) {}
        let before = emulator.stats();
        emulator.flood(Selector::All, Flood::new(EVENTS).then_close(4000));
        // The consumer takes nothing for much longer than four events take.
        let made = before.dispatches + 200;
        in_time(
            "the flood",
            emulator.wait_until(|stats| stats.dispatches >= made),
        )
        .await;

        let mut events = 0;
        loop {
            match next(&mut spawned).await.unwrap() {
                Item::Event(_) | Item::Unknown(_) => events += 1,
                Item::Lifecycle(Lifecycle::Resumed { .. }) => break,
                Item::Lifecycle(Lifecycle::Gap { .. } | Lifecycle::Skipped { .. })
                | Item::Undecodable(_) => panic!("{variant}: an event is lost"),
                _ => {}
            }
        }
        // GUILD_CREATE arrived before, RESUMED arrives with the rest.
        assert!(events >= EVENTS, "{variant}: {events}");
        spawned.sender().close(CloseFrame::NORMAL).unwrap();
        while next(&mut spawned).await.is_some() {}
        assert!(spawned.join().await.unwrap().is_none(), "{variant}");
        emulator.wait_until(|stats| stats.sessions == 0).await;
    }
    let last = shard(config(&emulator));
    finish(emulator, last).await;
}

#[tokio::test]
async fn several_shards_lose_nothing() {
    const SHARDS: u32 = 4;
    let emulator = start(
        Emulator::builder()
            .shards(SHARDS)
            .guilds(12)
            .max_concurrency(SHARDS),
    )
    .await;
    let concurrency = NonZeroU16::new(4).unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    let queue = InMemoryQueue::new(concurrency, 1_000, day, 1_000);
    let config = config(&emulator).queue(queue).build();
    let mut guilds = Vec::new();
    let mut shards = Vec::new();
    for number in 0..SHARDS {
        let id = ShardId::new(number, SHARDS);
        let mut shard = Shard::with_config(id, config.clone());
        until(&mut shard, is_ready).await;
        for _ in 0..3 {
            let event = shard.next_event(EventTypeFlags::GUILD_CREATE).await;
            let gloaming_shard::Event::GuildCreate(guild) = event.unwrap().unwrap() else {
                panic!("only guilds are requested");
            };
            assert_eq!(
                gloaming_protocol::shard_of(guild.id(), SHARDS.try_into().unwrap()),
                number
            );
            guilds.push(guild.id());
        }
        shards.push(shard);
    }
    guilds.sort_unstable();
    let mut all = emulator.guild_ids();
    all.sort_unstable();
    assert_eq!(guilds, all);
    assert_eq!(emulator.stats().sessions_connected, u64::from(SHARDS));
    let last = shards.pop().unwrap();
    drop(shards);
    finish(emulator, last).await;
}
