//! Shards that are created as a group share one identify queue, and one TLS context that is loaded once.

use crate::harness::gateway::{TOKEN, listen};
use futures_util::future::join_all;
use gloaming_shard::{
    Compression, Config, ConfigBuilder, EventTypeFlags, Intents, Session, Shard, ShardId,
    StreamExt as _, compat::create_range, create_bucket, create_iterator,
};
use std::time::Duration;
use tokio::time::Instant;

fn ids(shards: impl Iterator<Item = Shard>) -> Vec<(u32, u32)> {
    shards
        .map(|shard| (shard.id().number(), shard.id().total()))
        .collect()
}

fn config() -> Config {
    Config::new(TOKEN.to_owned(), Intents::GUILDS)
}

fn unchanged(_: ShardId, builder: ConfigBuilder) -> Config {
    builder.build()
}

#[test]
fn groups_have_the_requested_ids() {
    let shards = create_range(4..6, 10, config(), unchanged);
    assert_eq!(ids(shards), [(4, 10), (5, 10)]);
    let shards = create_bucket(1, 4, 10, config(), unchanged);
    assert_eq!(ids(shards), [(1, 10), (5, 10), (9, 10)]);
    let shards = create_bucket(0, 16, 1, config(), unchanged);
    assert_eq!(ids(shards), [(0, 1)], "a small bot with large limits");
    let shards = create_iterator([7, 2].into_iter(), 10, config(), unchanged);
    assert_eq!(ids(shards), [(7, 10), (2, 10)]);
}

#[test]
#[should_panic(expected = "bucket 4 does not exist: 4 buckets")]
fn missing_bucket_panics() {
    _ = create_bucket(4, 4, 10, config(), unchanged);
}

#[test]
#[should_panic(expected = "bucket 3 has no shards")]
fn bucket_without_shards_panics() {
    _ = create_bucket(3, 4, 3, config(), unchanged);
}

#[test]
#[should_panic(expected = "not within the 10 shards")]
fn range_out_of_bounds_panics() {
    _ = create_range(8..=10, 10, config(), unchanged);
}

#[test]
fn each_shard_is_configured_by_its_id() {
    let mut requested = 0;
    let shards: Vec<_> = create_range(.., 3, config(), |id, builder| {
        requested += 1;
        let session = Session::new(1, format!("session-{}", id.number()));
        builder.session(session).build()
    })
    .collect();
    assert_eq!(requested, 3);
    for shard in shards {
        let expected = format!("session-{}", shard.id().number());
        assert_eq!(shard.session().map(Session::id), Some(&*expected));
    }
}

#[test]
fn session_of_the_common_configuration_is_dropped() {
    let session = Session::new(1, "of one shard".to_owned());
    let config = ConfigBuilder::from(config()).session(session).build();
    for shard in create_range(.., 3, config, unchanged) {
        assert_eq!(shard.session(), None);
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn groups_share_one_queue() {
    let (connector, mut gateway) = listen();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(connector)
        .build();
    let shards = create_range(.., 4, config, unchanged);
    let tasks: Vec<_> = shards
        .map(|mut shard| {
            tokio::spawn(async move { shard.next_event(EventTypeFlags::READY).await.map(drop) })
        })
        .collect();
    let started = Instant::now();
    let mut greeted = Vec::new();
    for _ in 0..4 {
        greeted.push(gateway.greet().await);
    }
    let identified = greeted.into_iter().map(|mut connection| async move {
        connection.expect(2).await;
        (started.elapsed(), connection)
    });
    let mut times: Vec<_> = join_all(identified)
        .await
        .into_iter()
        .map(|(at, _)| at)
        .collect();
    times.sort_unstable();
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_secs(5), "{times:?}");
    }
    for task in tasks {
        task.abort();
    }
}

#[cfg(feature = "__rustls")]
#[test]
fn groups_share_one_tls_context() {
    use gloaming_shard::tls::Tls;
    use rustls::{ClientConfig, RootCertStore};
    use std::sync::Arc;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let context = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let context = Arc::new(context);
    let config = ConfigBuilder::from(config())
        .tls(Tls::rustls(Arc::clone(&context)))
        .build();
    let before = Arc::strong_count(&context);
    let shards: Vec<_> = create_range(.., 100, config, unchanged).collect();
    assert_eq!(
        Arc::strong_count(&context),
        before,
        "no shard has its own queue"
    );
    for shard in &shards {
        assert!(!shard.config().tls().is_plain());
    }
}
