//! A cluster against the emulator.

use gloaming_cluster::Cluster;
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector};
use gloaming_protocol::{CloseFrame, Event, EventTypeFlags, Intents, ShardId};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{ConfigBuilder, Item, Lifecycle, Session, Shard};
use std::{collections::BTreeMap, time::Duration};

const SHARDS: u32 = 4;

async fn emulator() -> Emulator {
    Emulator::builder()
        .guilds(12)
        .max_concurrency(SHARDS)
        .start()
        .await
        .expect("loopback can be listened on")
}

fn shards(emulator: &Emulator, token: &str) -> Vec<Shard> {
    let config = ConfigBuilder::new(token.to_owned(), Intents::GUILDS)
        .gateway_url(emulator.url())
        .queue(UnlimitedQueue)
        .build();
    (0..SHARDS)
        .map(|number| Shard::with_config(ShardId::new(number, SHARDS), config.clone()))
        .collect()
}

#[tokio::test]
async fn into_one_stream_that_ends_with_the_last_of_them() {
    let emulator = emulator().await;
    let shards = shards(&emulator, DEFAULT_TOKEN);
    let mut cluster = Cluster::start(shards, EventTypeFlags::all(), 4);
    let mut guilds = BTreeMap::<u32, u32>::new();
    while guilds.values().sum::<u32>() < 12 {
        let (shard, item) = cluster.next().await.expect("nobody closed it");
        if let Item::Event(Event::GuildCreate(guild)) = item {
            *guilds.entry(shard.number()).or_default() += 1;
            assert_eq!(
                (guild.id().get() >> 22) % u64::from(SHARDS),
                u64::from(shard.number())
            );
        }
    }
    cluster.close(&CloseFrame::RESUME);
    let mut stopped = 0;
    while let Some((_, item)) = cluster.next().await {
        stopped += u32::from(matches!(item, Item::Lifecycle(Lifecycle::Stopped { .. })));
    }
    assert_eq!(stopped, SHARDS);
    for shard in cluster.join().await {
        let session = shard.session.expect("no task panicked");
        let sequence = session.as_ref().map(Session::sequence);
        let own = guilds.get(&shard.id.number()).copied().unwrap_or_default();
        assert_eq!(sequence, Some(u64::from(own) + 1), "READY and its guilds");
    }
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn and_goes_on_without_one_that_ended() {
    let emulator = emulator().await;
    let mut cluster = Cluster::start(shards(&emulator, DEFAULT_TOKEN), EventTypeFlags::READY, 4);
    let mut ready = 0;
    while ready < SHARDS {
        let (_, item) = cluster.next().await.expect("nobody closed it");
        ready += u32::from(matches!(item, Item::Event(Event::Ready(_))));
    }
    let sender = cluster.sender(2).expect("there is a third shard");
    sender.close(CloseFrame::NORMAL).expect("it runs");
    loop {
        let (shard, item) = cluster.next().await.expect("three are left");
        if matches!(item, Item::Lifecycle(Lifecycle::Stopped { .. })) {
            assert_eq!(shard.number(), 2);
            break;
        }
    }
    emulator.drop_connections(Selector::All);
    let mut resumed = 0;
    while resumed < SHARDS - 1 {
        let (shard, item) = cluster.next().await.expect("three are left");
        assert_ne!(shard.number(), 2);
        resumed += u32::from(matches!(item, Item::Lifecycle(Lifecycle::Resumed { .. })));
    }
}

#[tokio::test]
async fn and_dropping_it_ends_them_with_their_sessions_kept() {
    let emulator = emulator().await;
    let shards = shards(&emulator, DEFAULT_TOKEN);
    let mut cluster = Cluster::start(shards, EventTypeFlags::READY, 4);
    let mut ready = 0;
    while ready < SHARDS {
        let (_, item) = cluster.next().await.expect("nobody closed it");
        ready += u32::from(matches!(item, Item::Event(Event::Ready(_))));
    }
    drop(cluster);
    let stats = tokio::time::timeout(
        Duration::from_secs(30),
        emulator.wait_until(|stats| stats.connections == 0),
    )
    .await
    .expect("the connections end");
    assert_eq!(stats.sessions, u64::from(SHARDS));
}
