use crate::support::{bench, bench_with};
use gloaming_cluster::{Cluster, ClusterBuilder, RestartPolicy, ShardScheme};
use gloaming_protocol::{EventTypeFlags, IdentifyProperties, Intents, ShardId};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{ConfigBuilder, Shard};

const WANTED: EventTypeFlags = EventTypeFlags::MESSAGE_CREATE;

#[tokio::test]
async fn by_the_cluster_and_each_shard() {
    let scheme = ShardScheme::try_from((1..3, 4)).unwrap();
    let (cluster, _events) = Cluster::builder("token".to_owned(), Intents::GUILDS)
        .event_types(WANTED)
        .buffer(7)
        .restart_policy(RestartPolicy::Never)
        .shard_scheme(scheme)
        .gateway_url("wss://localhost")
        .identify_properties(IdentifyProperties::new("a", "b", "c"))
        .large_threshold(77)
        .queue(UnlimitedQueue)
        .ratelimit_messages(false)
        .build()
        .await
        .unwrap();
    let config = cluster.config();
    assert_eq!(config.shard_scheme(), Some(&scheme));
    assert_eq!(config.event_types(), WANTED);
    assert_eq!(config.buffer(), 7);
    assert_eq!(config.restart_policy(), RestartPolicy::Never);
    let queue = config.queue().map(|queue| format!("{queue:?}"));
    assert_eq!(queue.as_deref(), Some("UnlimitedQueue"));

    let common = config.shards().expect("they have one in common");
    let configs = cluster.shards().map(|shard| shard.config());
    for config in configs.chain([common]) {
        assert_eq!(config.gateway_url(), "wss://localhost");
        assert_eq!(config.large_threshold(), 77);
        assert!(!config.ratelimit_messages());
        let properties = config.identify_properties().expect("they were set");
        assert_eq!(properties.browser, "a");
    }
    let ids = cluster.shards().map(|shard| shard.id());
    assert!(ids.eq([ShardId::new(1, 4), ShardId::new(2, 4)]));
    assert_eq!(cluster.shards().size_hint(), (2, Some(2)));
}

#[tokio::test(start_paused = true)]
async fn by_one_of_shards_made_beforehand() {
    let config = ConfigBuilder::new("token".to_owned(), Intents::GUILDS).build();
    let shard = Shard::with_config(ShardId::ONE, config);
    let (cluster, _items) = Cluster::start([shard], WANTED, 7);
    let config = cluster.config();
    assert_eq!(config.shard_scheme(), None);
    assert!(config.shards().is_none() && config.queue().is_none());
    assert_eq!((config.event_types(), config.buffer()), (WANTED, 7));
    assert_eq!(config.restart_policy(), RestartPolicy::default());
}

#[tokio::test]
async fn the_older_name_of_a_setting_sets_it() {
    let builder = ClusterBuilder::from(("token".to_owned(), Intents::GUILDS));
    let (cluster, _events) = builder
        .shard_scheme(ShardScheme::try_from((.., 1)).unwrap())
        .ratelimit_payloads(false)
        .build()
        .await
        .unwrap();
    let config = cluster.shard(0).expect("there is one").config();
    assert!(!config.ratelimit_messages());
}

#[test]
fn and_a_builder_shows_all_but_the_token() {
    let scheme = ShardScheme::try_from((.., 7)).unwrap();
    let builder = Cluster::builder("s3cret".to_owned(), Intents::GUILDS).shard_scheme(scheme);
    let shown = format!("{builder:?}");
    assert!(shown.contains("total: 7"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn and_a_shard_tells_its_url_and_state() {
    let mut bench = bench_with(
        1,
        |cluster| cluster.gateway_url("wss://localhost"),
        |_, shard| shard,
    )
    .await;
    let _connections = bench.begin().await;
    bench.ready().await;
    let info = &bench.cluster.info()[&0];
    let shard = bench.cluster.shard(0).expect("there is one");
    assert_eq!(info.gateway_url(), "wss://localhost");
    assert_eq!(info.state(), gloaming_shard::ShardState::Active);
    assert_eq!(shard.state(), info.state());
    assert_eq!(shard.latency().sent(), info.latency().sent());
    assert_eq!(info.session().map(|session| session.sequence()), Some(1));
    assert_eq!((info.seq(), info.crashes()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_session_where_there_is_none() {
    let bench = bench(1).await;
    let info = &bench.cluster.info()[&0];
    assert_eq!((info.session_id(), info.seq()), (None, 0));
    assert_eq!(info.last_crash(), None);
}
