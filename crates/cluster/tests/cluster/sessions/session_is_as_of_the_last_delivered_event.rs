use crate::{
    gateway::{SESSION, resumed},
    harness::{harness, harness_with, sequence},
};
use gloaming_shard::{Item, Lifecycle};

#[tokio::test(start_paused = true)]
async fn next_cluster_gets_the_withheld_events() {
    let mut first = harness(1).await;
    let mut connections = first.start_ready().await;
    connections[0].events(2..=9).await;
    for expected in 2..=5 {
        assert_eq!(first.next_event().await, (0, expected));
    }
    while first.cluster.info()[&0].seq() < 9 {
        tokio::task::yield_now().await;
    }
    let sessions = first.cluster.down_resumable().await;
    assert_eq!(
        connections[0].left().await,
        Some(4000),
        "the session is kept"
    );
    assert_eq!((sessions[&0].id(), sessions[&0].sequence()), (SESSION, 5));

    // The withheld events are for the next cluster; this one still reports that the shard has stopped.
    let remaining = first.remaining().await;
    assert!(remaining.iter().all(|(_, item)| sequence(item).is_none()));
    assert!(
        remaining
            .iter()
            .any(|(_, item)| matches!(item, Item::Lifecycle(Lifecycle::Stopped { .. })))
    );
    assert_eq!(
        first.cluster.down_resumable().await,
        sessions,
        "a later call returns the same"
    );

    let stored = serde_json::to_string(&sessions).unwrap();
    let sessions: std::collections::HashMap<u64, gloaming_shard::Session> =
        serde_json::from_str(&stored).unwrap();
    let mut second = harness_with(1, |cluster| cluster.resume_sessions(sessions)).await;
    second.cluster.up().await;
    let mut connection = second.gateways[0].resuming(5).await;
    connection.events(6..=9).await;
    connection.send(&resumed(10)).await;
    for expected in 6..=9 {
        assert_eq!(second.next_event().await, (0, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn session_is_after_filtered_events() {
    let wanted = gloaming_protocol::EventTypeFlags::READY;
    let mut harness = harness_with(1, |cluster| cluster.event_types(wanted)).await;
    let mut connections = harness.start_ready().await;
    harness
        .take_until(|_, item| {
            matches!(item, Item::Lifecycle(Lifecycle::Ready { .. })).then_some(())
        })
        .await;
    connections[0].events(2..=9).await;
    while harness.cluster.info()[&0].seq() < 9 {
        tokio::task::yield_now().await;
    }
    let sessions = harness.cluster.down_resumable().await;
    assert_eq!(sessions[&0].sequence(), 9);
}
