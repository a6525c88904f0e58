use crate::harness::{harness, harness_with};
use gloaming_cluster::{Cluster, ClusterBuilder, HealthPolicy, RestartPolicy, ShardScheme};
use gloaming_protocol::{EventTypeFlags, IdentifyProperties, Intents, ShardId};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{ConfigBuilder, OverflowPolicy, Shard};
use std::time::Duration;

const WANTED: EventTypeFlags = EventTypeFlags::MESSAGE_CREATE;
const MEBIBYTE: usize = 1024 * 1024;

#[tokio::test]
async fn config_contains_what_was_set() {
    let scheme = ShardScheme::try_from((1..3, 4)).unwrap();
    let overflow = OverflowPolicy::stop_reading().shed(EventTypeFlags::TYPING_START);
    let mut health = HealthPolicy::default();
    health.down_after = Duration::from_secs(77);
    let (cluster, _events) = Cluster::builder("token".to_owned(), Intents::GUILDS)
        .event_types(WANTED)
        .buffer(7)
        .buffer_bytes(8)
        .total_buffer_bytes(9)
        .overflow(overflow)
        .health_policy(health)
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
    assert_eq!((config.buffer_bytes(), config.total_buffer_bytes()), (8, 9));
    assert_eq!(config.overflow(), overflow);
    assert_eq!(config.health_policy(), health);
    assert_eq!(config.restart_policy(), RestartPolicy::Never);
    let queue = config.queue().map(|queue| format!("{queue:?}"));
    assert_eq!(queue.as_deref(), Some("UnlimitedQueue"));

    let common = config
        .shards()
        .expect("the cluster was built from a common configuration");
    let configs = cluster.shards().map(|shard| shard.config().clone());
    for config in configs.chain([common.clone()]) {
        assert_eq!(config.gateway_url(), "wss://localhost");
        assert_eq!(config.large_threshold(), 77);
        assert!(!config.ratelimit_messages());
        let properties = config
            .identify_properties()
            .expect("the properties were set");
        assert_eq!(properties.browser, "a");
    }
    let ids = cluster.shards().map(|shard| shard.id());
    assert!(ids.eq([ShardId::new(1, 4), ShardId::new(2, 4)]));
    assert_eq!(cluster.shards().size_hint(), (2, Some(2)));
}

#[tokio::test(start_paused = true)]
async fn cluster_of_ready_made_shards_has_no_common_config() {
    let config = ConfigBuilder::new("token".to_owned(), Intents::GUILDS).build();
    let shard = Shard::with_config(ShardId::ONE, config);
    let (cluster, _items) = Cluster::start([shard], WANTED, 7).unwrap();
    let config = cluster.config();
    assert_eq!(config.shard_scheme(), None);
    assert!(config.shards().is_none() && config.queue().is_none());
    assert_eq!((config.event_types(), config.buffer()), (WANTED, 7));
    assert_eq!(config.buffer_bytes(), 64 * MEBIBYTE);
    assert_eq!(config.total_buffer_bytes(), 512 * MEBIBYTE);
    assert_eq!(config.overflow(), OverflowPolicy::default());
    assert_eq!(config.restart_policy(), RestartPolicy::default());
}

#[tokio::test(start_paused = true)]
async fn info_is_serialized_without_secrets() {
    let mut harness = harness_with(1, |cluster| {
        cluster.gateway_url("wss://localhost/?key=s3cret")
    })
    .await;
    let _connections = harness.start_ready().await;
    harness.take_until_ready().await;
    let info = &harness.cluster.info()[&0];
    assert!(info.to_string().starts_with("shard 0 of 1: up"), "{info}");
    let json = serde_json::to_value(info).unwrap();
    assert_eq!(json["id"], serde_json::json!([0, 1]));
    assert_eq!(json["health"], serde_json::json!({"health": "up"}));
    assert_eq!(json["state"], serde_json::json!({"state": "active"}));
    assert_eq!(json["sequence"], 1);
    assert_eq!(json["last_crash"], serde_json::Value::Null);
    let session = info.session_id().expect("the shard is ready");
    let text = json.to_string();
    assert!(
        !text.contains("s3cret") && !text.contains(session),
        "{text}"
    );
}

#[tokio::test]
async fn methods_of_0_14_set_the_same() {
    let builder = ClusterBuilder::from(("token".to_owned(), Intents::GUILDS));
    let (cluster, _events) = builder
        .shard_scheme(ShardScheme::try_from((.., 1)).unwrap())
        .ratelimit_payloads(false)
        .build()
        .await
        .unwrap();
    let shard = cluster.shard(0).expect("the cluster has shard 0");
    assert!(!shard.config().ratelimit_messages());
}

#[test]
fn debug_of_a_builder_omits_the_token() {
    let scheme = ShardScheme::try_from((.., 7)).unwrap();
    let builder = Cluster::builder("s3cret".to_owned(), Intents::GUILDS).shard_scheme(scheme);
    let text = format!("{builder:?}");
    assert!(text.contains("total: 7"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn info_contains_url_state_and_session() {
    let mut harness = harness_with(1, |cluster| cluster.gateway_url("wss://localhost")).await;
    let _connections = harness.start_ready().await;
    harness.take_until_ready().await;
    let info = &harness.cluster.info()[&0];
    let shard = harness.cluster.shard(0).expect("the cluster has shard 0");
    assert_eq!(info.gateway_url(), "wss://localhost");
    assert_eq!(info.state(), gloaming_shard::ShardState::Active);
    assert_eq!(shard.state(), info.state());
    assert_eq!(shard.latency().sent(), info.latency().sent());
    assert_eq!(info.session().map(|session| session.sequence()), Some(1));
    assert_eq!((info.seq(), info.crashes()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn info_is_empty_without_a_session() {
    let harness = harness(1).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!((info.session_id(), info.seq()), (None, 0));
    assert_eq!(info.last_crash(), None);
}

#[tokio::test(start_paused = true)]
async fn debug_of_info_omits_secrets_in_the_url() {
    let harness = harness_with(1, |cluster| {
        cluster.gateway_url("wss://localhost/?key=s3cret")
    })
    .await;
    let info = &harness.cluster.info()[&0];
    assert_eq!(info.gateway_url(), "wss://localhost/?key=s3cret");
    let text = format!("{info:?}");
    assert!(text.contains("wss://localhost"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}
