use crate::harness::emulator::{builder, emulator, in_time};
use gloaming_emulator::Selector;
use gloaming_protocol::Event;
use gloaming_queue::BoxFuture;
use gloaming_shard::{
    Item, Lifecycle,
    transport::{Connect, ConnectError, Connector, Transport},
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

const SHARDS: u32 = 4;

/// Panics at its second connection.
#[derive(Clone, Debug, Default)]
struct FaultyConnector {
    connector: Connector,
    attempts: Arc<AtomicU32>,
}

impl Connect for FaultyConnector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        assert_ne!(attempt, 1, "the connector panics at its second connection");
        self.connector.connect(url)
    }
}

#[tokio::test]
async fn panic_in_a_connector_affects_one_shard_and_loses_no_event() {
    let emulator = emulator(SHARDS, |emulator| emulator).await;
    let faulty = FaultyConnector::default();
    let (cluster, events) = builder(&emulator, SHARDS)
        .per_shard_config(move |shard, config| match shard.number() {
            1 => config.connector(faulty.clone()).build(),
            _ => config.build(),
        })
        .build()
        .await
        .unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    let mut guilds = 0;
    while guilds < 3 * SHARDS {
        let (_, item) = in_time("a guild", items.next())
            .await
            .expect("the stream has not ended");
        guilds += u32::from(matches!(item, Item::Event(Event::GuildCreate(_))));
    }
    emulator.drop_connections(Selector::Shard(1));
    emulator.generate_events(200);
    let (mut crashes, mut resumed, mut others) = (0, 0, 0);
    while resumed == 0 || others == 0 {
        let (shard, item) = in_time("an item", items.next())
            .await
            .expect("the stream has not ended");
        match (shard.number(), item) {
            (1, Item::Crash(crash)) => {
                crashes += 1;
                assert!(
                    crash
                        .reason()
                        .contains("the connector panics at its second connection")
                );
            }
            (1, Item::Lifecycle(Lifecycle::Resumed { .. })) => resumed += 1,
            (_, Item::Lifecycle(Lifecycle::Gap { .. } | Lifecycle::Skipped { .. })) => {
                panic!("no event is lost");
            }
            (1, _) => {}
            (_, Item::Event(_)) => others += 1,
            _ => {}
        }
    }
    let stats = emulator.stats();
    assert_eq!((crashes, stats.sessions_started), (1, u64::from(SHARDS)));
    assert_eq!((stats.resumes, cluster.info()[&1].crashes()), (1, 1));
    assert_eq!(emulator.violations(), []);
}
