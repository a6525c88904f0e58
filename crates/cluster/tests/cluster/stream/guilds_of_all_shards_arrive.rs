//! The cluster says once when the guilds of all shards have arrived, or what is missing after some time.
use crate::{
    gateway::in_time,
    harness::{Harness, emulator, harness, harness_with},
};
use gloaming_cluster::{ClusterEvent, ClusterGuilds};
use gloaming_protocol::Event;
use gloaming_shard::{
    Item,
    transport::{ConnectError, ConnectErrorKind},
};
use gloaming_test_support::Logs;
use std::time::Duration;
use tokio::time::Instant;

#[expect(clippy::disallowed_methods, reason = "the test measures a wait")]
fn now() -> Instant {
    Instant::now()
}

/// Takes items until the event of the cluster, and returns it with the id that it has in the stream.
async fn until_arrived(harness: &mut Harness) -> (u32, ClusterGuilds) {
    harness
        .take_until(|shard, item| match item {
            Item::Cluster(ClusterEvent::GuildsArrived(guilds)) => Some((shard, *guilds)),
            _ => None,
        })
        .await
}

fn counts(guilds: ClusterGuilds) -> [usize; 4] {
    [
        guilds.arrived,
        guilds.missing,
        guilds.resumed_shards,
        guilds.missing_shards,
    ]
}

#[tokio::test]
async fn all_guilds_of_a_started_cluster_arrive() {
    const SHARDS: u32 = 3;
    let emulator = emulator::emulator(SHARDS, |emulator| emulator).await;
    let (cluster, events) = emulator::builder(&emulator, SHARDS).build().await.unwrap();
    let mut items = events.into_items();
    let observer = tokio::spawn({
        let cluster = cluster.clone();
        async move { cluster.guilds_arrived().await }
    });
    cluster.up().await;
    let mut created = 0;
    let guilds = emulator::in_time("all guilds arrive", async {
        loop {
            let (_, item) = items.next().await.expect("the stream has not ended");
            match item {
                Item::Event(Event::GuildCreate(_)) => created += 1,
                Item::Cluster(ClusterEvent::GuildsArrived(guilds)) => return guilds,
                _ => {}
            }
        }
    })
    .await;
    assert_eq!(created, 9, "each guild was taken before");
    assert_eq!(counts(guilds), [9, 0, 0, 0]);
    assert!(guilds.is_complete());
    assert_eq!(observer.await.unwrap(), Some(guilds));
    assert_eq!(cluster.guilds_arrived().await, Some(guilds), "also later");

    cluster.down();
    let rest = emulator::in_time("the end", async {
        let mut events = 0;
        while let Some((_, item)) = items.next().await {
            events += u32::from(matches!(item, Item::Cluster(_)));
        }
        events
    });
    assert_eq!(rest.await, 0);
}

#[tokio::test]
async fn resumed_cluster_awaits_no_guilds() {
    const SHARDS: u32 = 2;
    let emulator = emulator::emulator(SHARDS, |emulator| emulator).await;
    let (cluster, mut events) = emulator::builder(&emulator, SHARDS).build().await.unwrap();
    cluster.up().await;
    let arrived = async {
        tokio::select! {
            guilds = cluster.guilds_arrived() => guilds,
            () = async { while events.next().await.is_some() {} } => None,
        }
    };
    let guilds = emulator::in_time("all guilds arrive", arrived).await;
    assert_eq!(guilds.map(counts), Some([6, 0, 0, 0]));
    let sessions = cluster.down_resumable().await;
    drop(events);

    let builder = emulator::builder(&emulator, SHARDS).resume_sessions(sessions);
    let (cluster, mut events) = builder.build().await.unwrap();
    cluster.up().await;
    let arrived = async {
        tokio::select! {
            guilds = cluster.guilds_arrived() => guilds,
            () = async { while events.next().await.is_some() {} } => None,
        }
    };
    let guilds = emulator::in_time("both resume", arrived).await;
    assert_eq!(guilds.map(counts), Some([0, 0, 2, 0]));
}

#[tokio::test(start_paused = true)]
async fn shard_that_never_connects_is_missing_after_the_timeout() {
    let (logs, _guard) = Logs::capture(tracing::Level::WARN);
    let mut harness = harness(2).await;
    harness.cluster.up().await;
    let mut unreachable = harness.gateways.pop().unwrap();
    let refusing = tokio::spawn(async move {
        loop {
            let attempt = unreachable.attempt().await;
            attempt.refuse(ConnectError::new(ConnectErrorKind::Tcp));
        }
    });
    let _connection = harness.gateways[0].begin().await;
    let start = now();
    // READY lists two guilds that do not arrive, which the shard reports after 15 s.
    let (shard, guilds) = until_arrived(&mut harness).await;
    assert_eq!(now() - start, Duration::from_secs(15 + 120));
    assert_eq!(shard, 1, "the one that is missing");
    assert_eq!(counts(guilds), [0, 2, 0, 1]);
    assert!(!guilds.is_complete());
    assert_eq!(harness.cluster.guilds_arrived().await, Some(guilds));
    let text = logs.text();
    assert!(text.contains("no longer waiting for guilds"), "{text}");
    refusing.abort();
}

#[tokio::test(start_paused = true)]
async fn timeout_is_a_setting_and_starts_with_the_shards() {
    let timeout = Duration::from_secs(7);
    let mut harness = harness_with(1, |cluster| cluster.guilds_timeout(timeout)).await;
    assert_eq!(harness.cluster.config().guilds_timeout(), timeout);
    let early = tokio::time::timeout(Duration::from_secs(3600), harness.items.next()).await;
    assert!(early.is_err(), "the cluster is not started");
    harness.cluster.up().await;
    let start = now();
    let _attempt = harness.gateways[0].attempt().await;
    let (shard, guilds) = until_arrived(&mut harness).await;
    assert_eq!(now() - start, timeout);
    assert_eq!((shard, counts(guilds)), (0, [0, 0, 0, 1]));
}

#[tokio::test(start_paused = true)]
async fn wait_ends_without_a_result_if_the_stream_ends() {
    let mut ended = harness(1).await;
    ended.cluster.up().await;
    ended.cluster.down();
    let items = ended.remaining().await;
    let is_event = |(_, item): &(u32, Item)| matches!(item, Item::Cluster(_));
    assert!(!items.iter().any(is_event), "{items:?}");
    let wait = in_time("the end", ended.cluster.guilds_arrived());
    assert_eq!(wait.await, None);

    let dropped = harness(1).await;
    drop(dropped.items);
    let wait = in_time("the end", dropped.cluster.guilds_arrived());
    assert_eq!(wait.await, None);
}
