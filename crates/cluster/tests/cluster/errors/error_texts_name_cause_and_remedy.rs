use crate::harness::harness;
use gloaming_cluster::{Cluster, ClusterStartError, ClusterStartErrorKind, ShardScheme};
use gloaming_protocol::Intents;
use gloaming_shard::Message;
use std::error::Error;

#[track_caller]
fn assert_text_contains(error: &dyn Error, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "no `{word}` in: {text}");
    }
    assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
    assert!(!text.ends_with('.'), "{text}");
}

/// Returns the error of building a cluster with this scheme and large threshold.
async fn build_error(scheme: ShardScheme, large_threshold: u64) -> ClusterStartError {
    let cluster = Cluster::builder("token".to_owned(), Intents::GUILDS)
        .shard_scheme(scheme)
        .large_threshold(large_threshold);
    cluster.build().await.map(drop).unwrap_err()
}

const ONE: ShardScheme = ShardScheme::Range {
    from: 0,
    to: 0,
    total: 1,
};

#[tokio::test]
async fn cluster_start_error_names_the_invalid_setting() {
    let error = build_error(ONE, 7).await;
    assert_eq!(error.kind(), ClusterStartErrorKind::Config);
    assert_text_contains(&error, &["configuration of the shards is invalid"]);
    let source = error
        .source()
        .expect("the source names the setting")
        .to_string();
    assert!(source.contains("large"), "{source}");
    assert_text_contains(&error, &[&source]);
    let (kind, parts) = error.into_parts();
    assert_eq!(kind, ClusterStartErrorKind::Config);
    assert_eq!(parts.map(|source| source.to_string()), Some(source));

    let none = ShardScheme::Range {
        from: 3,
        to: 2,
        total: 4,
    };
    let error = build_error(none, 50).await;
    assert_eq!(error.kind(), ClusterStartErrorKind::Scheme);
    assert_text_contains(&error, &["shard scheme is invalid", "shards 3 to 2"]);
    let source = error.into_source().expect("the source names the numbers");
    assert_text_contains(&*source, &["shards 3 to 2", "4 shards", "choose a start"]);
}

#[test]
fn shard_scheme_error_names_the_numbers() {
    let error = ShardScheme::try_from((16, 8, 32)).unwrap_err();
    assert_text_contains(
        &error,
        &["bucket 16", "concurrency of 8", "32 shards", "choose one"],
    );
    assert_eq!(error.into_parts().1.map(|source| source.to_string()), None);
}

#[tokio::test(start_paused = true)]
async fn command_error_names_the_shard_and_the_cause() {
    let harness = harness(1).await;
    let text = || Message::Text("{}".repeat(5_000));
    let error = harness.cluster.send(7, text()).await.unwrap_err();
    assert_text_contains(&error, &["the cluster has no shard 7"]);
    assert!(error.source().is_none());
    let error = harness.cluster.send(0, text()).await.unwrap_err();
    assert_text_contains(&error, &["the shard did not accept the command"]);
    let source = error.source().expect("the source says why").to_string();
    let (_, parts) = error.into_parts();
    assert_eq!(parts.map(|source| source.to_string()), Some(source));
    let source = harness
        .cluster
        .send(0, text())
        .await
        .unwrap_err()
        .into_source();
    assert!(source.is_some());
    let shard = harness.cluster.shard(0).expect("the cluster has shard 0");
    let error = shard.info().unwrap_err();
    assert_text_contains(&error, &["was not started", "`Cluster::up`"]);
}
