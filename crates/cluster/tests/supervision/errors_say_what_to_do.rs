use crate::support::bench;
use gloaming_cluster::{Cluster, ClusterStartError, ClusterStartErrorType, ShardScheme};
use gloaming_protocol::Intents;
use gloaming_shard::Message;
use std::error::Error;

#[track_caller]
fn assert_says(error: &dyn Error, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "no `{word}` in: {text}");
    }
    assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
    assert!(!text.ends_with('.'), "{text}");
}

/// Why a cluster of this scheme and large threshold is not built.
async fn refused(scheme: ShardScheme, large_threshold: u64) -> ClusterStartError {
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
async fn where_a_cluster_is_not_built() {
    let error = refused(ONE, 7).await;
    assert_eq!(*error.kind(), ClusterStartErrorType::Config);
    assert_says(&error, &["can't work with their configuration"]);
    let source = error.source().expect("it names the setting").to_string();
    assert!(source.contains("large"), "{source}");
    let (kind, parts) = error.into_parts();
    assert_eq!(kind, ClusterStartErrorType::Config);
    assert_eq!(parts.map(|source| source.to_string()), Some(source));

    let none = ShardScheme::Range {
        from: 3,
        to: 2,
        total: 4,
    };
    let error = refused(none, 50).await;
    assert_eq!(*error.kind(), ClusterStartErrorType::Scheme);
    assert_says(&error, &["scheme makes no sense"]);
    let source = error.into_source().expect("it names the numbers");
    assert_says(&*source, &["shards 3 to 2", "total of 4"]);
}

#[tokio::test]
#[cfg(not(feature = "twilight-http"))]
async fn where_nobody_can_ask_discord() {
    let error = refused(ShardScheme::Auto, 50).await;
    assert_eq!(
        *error.kind(),
        ClusterStartErrorType::AutoShardingUnavailable
    );
    assert_says(&error, &["`twilight-http`", "set a shard scheme"]);
    assert!(error.source().is_none());
}

#[test]
fn where_the_numbers_of_a_scheme_do_not_fit() {
    let error = ShardScheme::try_from((16, 8, 32)).unwrap_err();
    assert_says(&error, &["bucket 16", "concurrency of 8", "total of 32"]);
    assert_eq!(error.into_parts().1.map(|source| source.to_string()), None);
}

#[tokio::test(start_paused = true)]
async fn where_a_shard_gets_nothing() {
    let bench = bench(1).await;
    let text = || Message::Text("{}".repeat(5_000));
    let error = bench.cluster.send(7, text()).await.unwrap_err();
    assert_says(&error, &["shard 7 is none of this cluster"]);
    assert!(error.source().is_none());
    let error = bench.cluster.send(0, text()).await.unwrap_err();
    assert_says(&error, &["did not take it"]);
    let source = error.source().expect("the shard says why").to_string();
    let (_, parts) = error.into_parts();
    assert_eq!(parts.map(|source| source.to_string()), Some(source));
    let source = bench
        .cluster
        .send(0, text())
        .await
        .unwrap_err()
        .into_source();
    assert!(source.is_some());
    let shard = bench.cluster.shard(0).expect("there is one");
    let error = shard.info().unwrap_err();
    assert_says(&error, &["never started", "bring the cluster up"]);
}
