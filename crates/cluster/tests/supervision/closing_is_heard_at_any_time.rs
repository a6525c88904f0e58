use crate::{
    gateway::{Act, SESSION},
    support::{bench, bench_with},
};
use gloaming_cluster::{Ending, Health};
use gloaming_shard::{Item, Session};
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test(start_paused = true)]
async fn while_a_shard_is_about_to_start_again() {
    let mut bench = bench(1).await;
    let mut connections = bench.begin().await;
    connections[0].events([2]).await;
    assert_eq!(bench.event().await, (0, 2));
    bench.fuses[0].panic_when_connecting(true);
    connections[0].close(4000).await;
    bench
        .until(|_, item| matches!(item, Item::Crash(crash) if crash.count() == 3).then_some(()))
        .await;
    let sessions = bench.cluster.down_resumable().await;
    assert_eq!(sessions[&0].id(), SESSION);
    assert_eq!(sessions[&0].sequence(), 2);
    for (_, item) in bench.rest().await {
        assert!(!matches!(item, Item::Event(_)), "{item:?}");
    }
    let health = bench.cluster.info()[&0].health();
    assert_eq!(health, Health::Ended(Ending::Closed));
}

#[tokio::test(start_paused = true)]
async fn while_nobody_takes_items() {
    let mut bench = bench_with(1, |cluster| cluster.buffer(8), |_, shard| shard).await;
    let mut connections = bench.begin().await;
    bench.ready().await;
    connections[0].events(2..=30).await;
    assert_eq!(bench.event().await, (0, 2));
    assert_eq!(bench.event().await, (0, 3));
    // The stream is not polled meanwhile.
    let down = bench.cluster.down_resumable();
    let sessions = timeout(Duration::from_secs(60), down)
        .await
        .expect("it does not wait for the stream");
    assert_eq!(sessions[&0].sequence(), 3);
    assert_eq!(connections[0].left().await, Some(4000));
}

#[tokio::test(start_paused = true)]
async fn before_a_shard_was_ever_started() {
    let session = Session::new(41, SESSION.to_owned());
    let sessions = [(0, session.clone())];
    let mut bench = bench_with(
        2,
        |cluster| cluster.resume_sessions(sessions),
        |_, shard| shard,
    )
    .await;
    let kept = bench.cluster.down_resumable().await;
    assert_eq!(kept.into_iter().collect::<Vec<_>>(), [(0, session)]);
    assert!(bench.rest().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn while_the_gateway_is_mute() {
    let mut bench = bench(1).await;
    bench.cluster.up().await;
    let attempt = bench.gateways[0].attempt().await;
    let down = bench.cluster.down_resumable();
    let sessions = timeout(Duration::from_secs(60), down)
        .await
        .expect("it does not wait for the gateway");
    assert!(sessions.is_empty());
    drop(attempt);
    bench.rest().await;
}

#[tokio::test(start_paused = true)]
async fn while_as_many_orders_wait_as_can() {
    let mut bench = bench(1).await;
    let mut connections = bench.begin().await;
    bench.ready().await;
    let shard = bench.cluster.shard(0).expect("there is one").clone();
    let sender = shard.sender();
    // No task runs until all is said.
    shard.shutdown();
    while sender.reconnect().is_ok() {}
    connections[0].left().await;
    bench.rest().await;
    let health = bench.cluster.info()[&0].health();
    assert_eq!(health, Health::Ended(Ending::Closed));
}

/// Whose program ends right after it has left no connection behind.
#[tokio::test(start_paused = true)]
async fn and_is_done_when_the_sessions_are_there() {
    let mut bench = bench(2).await;
    let mut connections = bench.begin().await;
    bench.ready().await;
    bench.ready().await;
    let sessions = bench.cluster.down_resumable().await;
    assert_eq!(sessions.len(), 2);
    for connection in &mut connections {
        let mut acts = std::iter::from_fn(|| connection.next_now());
        assert!(acts.any(|act| act == Act::Closed(4000)), "it is still up");
    }
}
