use crate::{
    gateway::{Action, SESSION},
    harness::{harness, harness_with},
};
use gloaming_cluster::{ExitReason, Health};
use gloaming_queue::{BoxFuture, IdentifyQueue, Permit, QueueError};
use gloaming_shard::{Item, Lifecycle, Session};
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test(start_paused = true)]
async fn shard_closes_while_its_restart_is_pending() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    connections[0].events([2]).await;
    assert_eq!(harness.next_event().await, (0, 2));
    harness.panic_switches[0].panic_when_connecting(true);
    connections[0].close(4000).await;
    harness
        .take_until(|_, item| {
            matches!(item, Item::Crash(crash) if crash.count() == 3).then_some(())
        })
        .await;
    let sessions = harness.cluster.down_resumable().await;
    assert_eq!(sessions[&0].id(), SESSION);
    assert_eq!(sessions[&0].sequence(), 2);
    for (_, item) in harness.remaining().await {
        assert!(!matches!(item, Item::Event(_)), "{item:?}");
    }
    let health = harness.cluster.info()[&0].health();
    assert_eq!(health, Health::Exited(ExitReason::Closed));
}

#[tokio::test(start_paused = true)]
async fn shard_closes_while_its_buffer_is_full() {
    let mut harness = harness_with(1, |cluster| cluster.buffer(8)).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].events(2..=30).await;
    assert_eq!(harness.next_event().await, (0, 2));
    assert_eq!(harness.next_event().await, (0, 3));
    // The stream is not polled meanwhile.
    let down = harness.cluster.down_resumable();
    let sessions = timeout(Duration::from_secs(60), down)
        .await
        .expect("closing does not wait for the stream");
    assert_eq!(sessions[&0].sequence(), 3);
    assert_eq!(connections[0].left().await, Some(4000));
}

#[tokio::test(start_paused = true)]
async fn shard_closed_before_its_start_keeps_the_stored_session() {
    let session = Session::new(41, SESSION.to_owned());
    let sessions = [(0, session.clone())];
    let mut harness = harness_with(2, |cluster| cluster.resume_sessions(sessions)).await;
    let kept = harness.cluster.down_resumable().await;
    assert_eq!(kept.into_iter().collect::<Vec<_>>(), [(0, session)]);
    assert!(harness.remaining().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn shard_closes_while_it_waits_for_hello() {
    let mut harness = harness(1).await;
    harness.cluster.up().await;
    let attempt = harness.gateways[0].attempt().await;
    let down = harness.cluster.down_resumable();
    let sessions = timeout(Duration::from_secs(60), down)
        .await
        .expect("closing does not wait for the gateway");
    assert!(sessions.is_empty());
    drop(attempt);
    harness.remaining().await;
}

#[tokio::test(start_paused = true)]
async fn shard_closes_though_its_command_channel_is_full() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    let shard = harness
        .cluster
        .shard(0)
        .expect("the cluster has shard 0")
        .clone();
    let sender = shard.sender();
    // No task runs until the channel is full.
    shard.shutdown();
    while sender.reconnect().is_ok() {}
    connections[0].left().await;
    harness.remaining().await;
    let health = harness.cluster.info()[&0].health();
    assert_eq!(health, Health::Exited(ExitReason::Closed));
}

/// A process may end right after, and leaves no open connection.
#[tokio::test(start_paused = true)]
async fn connections_are_closed_once_the_sessions_are_returned() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.take_until_ready().await;
    let sessions = harness.cluster.down_resumable().await;
    assert_eq!(sessions.len(), 2);
    for connection in &mut connections {
        let mut actions = std::iter::from_fn(|| connection.next_now());
        assert!(
            actions.any(|action| action == Action::Closed(4000)),
            "the connection is still open"
        );
    }
}

/// A queue of another process, which does not answer.
struct Silent;

impl IdentifyQueue for Silent {
    fn acquire(&self, _shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn shard_closes_while_its_queue_does_not_answer() {
    let mut harness = harness_with(1, |cluster| cluster.queue(Silent)).await;
    harness.cluster.up().await;
    let mut connection = harness.gateways[0].greet().await;
    connection.attend(Duration::from_secs(61)).await;
    harness
        .take_until(|_, item| {
            matches!(item, Item::Lifecycle(Lifecycle::PermitDelayed { .. })).then_some(())
        })
        .await;
    let down = harness.cluster.down_resumable();
    let sessions = timeout(Duration::from_secs(10), down)
        .await
        .expect("closing does not wait for the queue");
    assert!(sessions.is_empty());
    assert_eq!(connection.left().await, Some(4000));
    harness.remaining().await;
}
