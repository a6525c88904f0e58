use crate::support::bench;
use gloaming_cluster::{Ending, Health, Startup};

#[tokio::test(start_paused = true)]
async fn and_nothing_connects_before() {
    let mut bench = bench(2).await;
    let shard = bench.cluster.shard(1).expect("there are two").clone();
    assert!(
        shard
            .info()
            .unwrap_err()
            .to_string()
            .contains("never started")
    );
    assert_eq!(bench.cluster.info()[&1].health(), Health::NotStarted);
    tokio::task::yield_now().await;
    assert!(bench.gateways[0].attempt_now().is_none());

    assert_eq!(shard.start(), Startup::Started);
    assert_eq!(shard.start(), Startup::AlreadyStarted);
    assert_eq!(bench.cluster.up().await, Startup::Started, "the other one");
    assert_eq!(bench.cluster.up().await, Startup::AlreadyStarted);
    for gateway in &mut bench.gateways {
        gateway.begin().await;
        assert!(gateway.attempt_now().is_none(), "one connection each");
    }
    assert!(shard.info().is_ok());
}

#[tokio::test(start_paused = true)]
async fn and_not_at_all_after_down() {
    let mut bench = bench(2).await;
    bench.cluster.down();
    assert_eq!(bench.cluster.up().await, Startup::Closed);
    assert!(bench.rest().await.is_empty(), "the stream has ended");
    let health = bench.cluster.info()[&0].health();
    assert_eq!(health, Health::Ended(Ending::Closed));
}

#[tokio::test(start_paused = true)]
async fn or_never_once_no_handle_is_left() {
    let bench = bench(2).await;
    let mut items = bench.items;
    drop(bench.cluster);
    assert!(items.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn and_holds_without_the_handle_but_not_without_the_stream() {
    let mut bench = bench(1).await;
    let mut connections = bench.begin().await;
    let handle = bench.cluster.shard(0).expect("there is one").clone();
    drop(bench.cluster);
    connections[0].events([2]).await;
    let mut items = bench.items;
    while let Some((_, item)) = items.next().await {
        if crate::support::sequence(&item) == Some(2) {
            break;
        }
    }
    drop(items);
    assert_eq!(
        connections[0].left().await,
        None,
        "no close frame: the session is kept"
    );
    while handle.info().map(|info| info.health()) != Ok(Health::Ended(Ending::Abandoned)) {
        tokio::task::yield_now().await;
    }
}
