use crate::{
    gateway::{SESSION, resumed},
    support::{bench, bench_with, sequence},
};
use gloaming_shard::{Item, Lifecycle};

#[tokio::test(start_paused = true)]
async fn and_the_next_cluster_gets_the_rest() {
    let mut first = bench(1).await;
    let mut connections = first.begin().await;
    connections[0].events(2..=9).await;
    for expected in 2..=5 {
        assert_eq!(first.event().await, (0, expected));
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

    // What was withheld is for the next cluster; the end of this one is told.
    let rest = first.rest().await;
    assert!(rest.iter().all(|(_, item)| sequence(item).is_none()));
    assert!(
        rest.iter()
            .any(|(_, item)| matches!(item, Item::Lifecycle(Lifecycle::Stopped { .. })))
    );
    assert_eq!(
        first.cluster.down_resumable().await,
        sessions,
        "as often as asked"
    );

    let stored = serde_json::to_string(&sessions).unwrap();
    let sessions: std::collections::HashMap<u64, gloaming_shard::Session> =
        serde_json::from_str(&stored).unwrap();
    let mut second = bench_with(
        1,
        |cluster| cluster.resume_sessions(sessions),
        |_, shard| shard,
    )
    .await;
    second.cluster.up().await;
    let mut connection = second.gateways[0].resuming(5).await;
    connection.events(6..=9).await;
    connection.send(&resumed(10)).await;
    for expected in 6..=9 {
        assert_eq!(second.event().await, (0, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn or_after_what_nobody_wanted() {
    let wanted = gloaming_protocol::EventTypeFlags::READY;
    let mut bench = bench_with(1, |cluster| cluster.event_types(wanted), |_, shard| shard).await;
    let mut connections = bench.begin().await;
    bench
        .until(|_, item| matches!(item, Item::Lifecycle(Lifecycle::Ready { .. })).then_some(()))
        .await;
    connections[0].events(2..=9).await;
    while bench.cluster.info()[&0].seq() < 9 {
        tokio::task::yield_now().await;
    }
    let sessions = bench.cluster.down_resumable().await;
    assert_eq!(sessions[&0].sequence(), 9);
}
