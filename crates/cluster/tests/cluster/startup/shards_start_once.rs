use crate::harness::harness;
use gloaming_cluster::{ExitReason, Health, StartOutcome};

#[tokio::test(start_paused = true)]
async fn shards_connect_once_started_and_only_once() {
    let mut harness = harness(2).await;
    let shard = harness
        .cluster
        .shard(1)
        .expect("the cluster has shard 1")
        .clone();
    assert!(
        shard
            .info()
            .unwrap_err()
            .to_string()
            .contains("was not started")
    );
    assert_eq!(harness.cluster.info()[&1].health(), Health::NotStarted);
    tokio::task::yield_now().await;
    assert!(harness.gateways[0].attempt_now().is_none());

    assert_eq!(shard.start(), StartOutcome::Started);
    assert_eq!(shard.start(), StartOutcome::AlreadyStarted);
    assert_eq!(
        harness.cluster.up().await,
        StartOutcome::Started,
        "the other shard"
    );
    assert_eq!(harness.cluster.up().await, StartOutcome::AlreadyStarted);
    for gateway in &mut harness.gateways {
        gateway.begin().await;
        assert!(
            gateway.attempt_now().is_none(),
            "each shard opens one connection"
        );
    }
    assert!(shard.info().is_ok());
}

#[tokio::test(start_paused = true)]
async fn shards_do_not_start_after_down() {
    let mut harness = harness(2).await;
    harness.cluster.down();
    assert_eq!(harness.cluster.up().await, StartOutcome::Closed);
    assert!(harness.remaining().await.is_empty(), "the stream has ended");
    let health = harness.cluster.info()[&0].health();
    assert_eq!(health, Health::Exited(ExitReason::Closed));
}

#[tokio::test(start_paused = true)]
async fn stream_ends_once_no_handle_can_start_the_shards() {
    let harness = harness(2).await;
    let mut items = harness.items;
    drop(harness.cluster);
    assert!(items.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn shards_outlive_the_cluster_handle_but_not_the_stream() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    let handle = harness
        .cluster
        .shard(0)
        .expect("the cluster has shard 0")
        .clone();
    drop(harness.cluster);
    connections[0].events([2]).await;
    let mut items = harness.items;
    while let Some((_, item)) = items.next().await {
        if crate::harness::sequence(&item) == Some(2) {
            break;
        }
    }
    drop(items);
    assert_eq!(
        connections[0].left().await,
        None,
        "without a close frame, the session is kept"
    );
    while handle.info().map(|info| info.health()) != Ok(Health::Exited(ExitReason::ItemsDropped)) {
        tokio::task::yield_now().await;
    }
}
