use crate::harness::emulator::{builder, emulator, in_time};
use gloaming_cluster::{Cluster, ExitReason, Health};
use gloaming_emulator::{DEFAULT_TOKEN, Selector};
use gloaming_protocol::{Event, EventTypeFlags, Intents, ShardId};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{ConfigBuilder, Item, Lifecycle, Shard};

const SHARDS: u32 = 4;

#[tokio::test]
async fn stream_of_ready_made_shards_ends_with_the_last_shard() {
    let emulator = emulator(SHARDS, |emulator| emulator).await;
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .gateway_url(emulator.url())
        .queue(UnlimitedQueue)
        .build();
    let shards = (0..SHARDS).map(|n| Shard::with_config(ShardId::new(n, SHARDS), config.clone()));
    let (cluster, mut items) = Cluster::start(shards, EventTypeFlags::all(), 4).unwrap();
    let mut guilds = 0;
    in_time("all guilds arrive", async {
        while guilds < 3 * SHARDS {
            let (_, item) = items.next().await.expect("the stream has not ended");
            guilds += u32::from(matches!(item, Item::Event(Event::GuildCreate(_))));
        }
    })
    .await;
    cluster.down();
    let mut stopped = 0;
    in_time("the end", async {
        while let Some((_, item)) = items.next().await {
            stopped += u32::from(matches!(item, Item::Lifecycle(Lifecycle::Stopped { .. })));
        }
    })
    .await;
    assert_eq!(stopped, SHARDS);
    assert!(cluster.config().shard_scheme().is_none());
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn stream_goes_on_after_one_shard_was_closed() {
    let emulator = emulator(SHARDS, |emulator| emulator).await;
    let (cluster, events) = builder(&emulator, SHARDS).build().await.unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    let mut ready = 0;
    while ready < SHARDS {
        let (_, item) = in_time("READY", items.next())
            .await
            .expect("the stream has not ended");
        ready += u32::from(matches!(item, Item::Event(Event::Ready(_))));
    }
    let third = cluster.shard(2).expect("the cluster has shard 2");
    third.shutdown();
    loop {
        let (shard, item) = in_time("a shard stops", items.next())
            .await
            .expect("three shards run");
        if matches!(item, Item::Lifecycle(Lifecycle::Stopped { .. })) {
            assert_eq!(shard.number(), 2);
            break;
        }
    }
    emulator.drop_connections(Selector::All);
    let mut resumed = 0;
    while resumed < SHARDS - 1 {
        let (shard, item) = in_time("RESUMED", items.next())
            .await
            .expect("three shards run");
        assert_ne!(shard.number(), 2);
        resumed += u32::from(matches!(item, Item::Lifecycle(Lifecycle::Resumed { .. })));
    }
    let health = third.info().map(|info| info.health());
    assert_eq!(health, Ok(Health::Exited(ExitReason::Closed)));
}

#[tokio::test]
async fn dropping_the_stream_ends_the_shards_and_keeps_their_sessions() {
    let emulator = emulator(SHARDS, |emulator| emulator).await;
    let (cluster, mut events) = builder(&emulator, SHARDS).build().await.unwrap();
    cluster.up().await;
    let mut ready = 0;
    while ready < SHARDS {
        let (_, event) = in_time("READY", events.next())
            .await
            .expect("the stream has not ended");
        ready += u32::from(matches!(event, Event::Ready(_)));
    }
    drop(events);
    let gone = emulator.wait_until(|stats| stats.connections == 0);
    let stats = in_time("the connections end", gone).await;
    assert_eq!(stats.sessions, u64::from(SHARDS));
}
