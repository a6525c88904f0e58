use crate::harness::emulator::{emulator, in_time};
use gloaming_cluster::{Cluster, ClusterBuilder, ClusterStartErrorKind, ShardScheme};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_protocol::{Event, Intents};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::GatewayInfoPolicy;
use gloaming_test_support::Logs;
use std::time::Duration;
use tracing::Level;

const SHARDS: u32 = 4;

fn builder(emulator: &Emulator, token: &str, shards: u32) -> ClusterBuilder {
    Cluster::builder(token.to_owned(), Intents::GUILDS)
        .gateway_url(emulator.url())
        .api_url(emulator.rest_url())
        .shard_scheme(ShardScheme::try_from((.., shards)).unwrap())
}

/// The emulator lets all shards identify at once.
#[tokio::test]
async fn fixed_scheme_uses_what_discord_permits_on_request() {
    let emulator = emulator(SHARDS, |emulator| emulator).await;
    let builder = builder(&emulator, DEFAULT_TOKEN, SHARDS).request_identify_limits();
    let (cluster, mut events) = in_time("the cluster", builder.build()).await.unwrap();
    let config = cluster
        .config()
        .shards()
        .expect("the shards have a common configuration");
    assert!(!config.uses_default_limits());
    cluster.up().await;
    let mut ready = 0;
    while ready < SHARDS {
        let event = in_time("READY", events.next()).await;
        let (_, event) = event.expect("the stream has not ended");
        ready += u32::from(matches!(event, Event::Ready(_)));
    }
    assert_eq!(emulator.violations(), []);
}

#[tokio::test]
async fn nothing_is_requested_by_default() {
    let emulator = emulator(SHARDS, |emulator| emulator).await;
    let (cluster, _events) = builder(&emulator, DEFAULT_TOKEN, SHARDS)
        .build()
        .await
        .unwrap();
    let config = cluster
        .config()
        .shards()
        .expect("the shards have a common configuration");
    assert!(config.uses_default_limits());
    assert_eq!(emulator.stats().rest_requests, 0);
}

#[tokio::test]
async fn failed_request_is_an_error() {
    let emulator = emulator(SHARDS, |emulator| emulator).await;
    let mut policy = GatewayInfoPolicy::default();
    policy.deadline = Duration::from_millis(10);
    let builder = builder(&emulator, "another.bot.token", SHARDS)
        .gateway_info(policy)
        .request_identify_limits();
    let error = in_time("the error", builder.build()).await.unwrap_err();
    assert_eq!(error.kind(), ClusterStartErrorKind::IdentifyLimits);
    let text = error.to_string();
    assert!(
        text.starts_with("failed to ask for the limits of identifies"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn long_start_is_logged_unless_a_queue_is_set() {
    let (logs, _guard) = Logs::capture(Level::WARN);
    let scheme = |shards| {
        Cluster::builder("token".to_owned(), Intents::GUILDS)
            .shard_scheme(ShardScheme::try_from((.., shards)).unwrap())
    };
    drop(scheme(16).build().await.unwrap());
    drop(scheme(320).queue(UnlimitedQueue).build().await.unwrap());
    assert_eq!(logs.text(), "");
    drop(scheme(320).build().await.unwrap());
    let text = logs.text();
    assert!(text.contains("request_identify_limits"), "{text}");
    assert!(text.contains("takes 27 min for all"), "{text}");
}
