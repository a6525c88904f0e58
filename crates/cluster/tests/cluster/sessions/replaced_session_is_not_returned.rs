use crate::{
    gateway::{Connection, TOKEN, ready, resumed},
    harness::{Harness, harness, harness_with, sequence},
};
use gloaming_protocol::Event;
use gloaming_shard::{Item, Lifecycle};
use serde_json::json;

const REPLACED: &str = r#"{"op":9,"d":false,"s":null,"t":null}"#;

/// A shard whose session was replaced by the session `new` (at sequence 4) while event 10 of the old session
/// is in the buffer. The consumer has taken events up to 9.
async fn replaced() -> (Harness, Connection) {
    let mut harness = harness(1).await;
    let mut connection = harness.start_ready().await.remove(0);
    connection.events(2..=9).await;
    for expected in 2..=9 {
        assert_eq!(harness.next_event().await, (0, expected));
    }
    connection.events([10]).await;
    connection.send(REPLACED).await;
    connection.left().await;
    let mut connection = harness.gateways[0].greet().await;
    connection.expect(2).await;
    connection.send(&ready("new", 1)).await;
    connection.events(2..=4).await;
    received(&harness, "new", 4).await;
    (harness, connection)
}

async fn received(harness: &Harness, session: &str, sequence: u64) {
    loop {
        let info = &harness.cluster.info()[&0];
        if info.session_id() == Some(session) && info.seq() == sequence {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn down(harness: &Harness) -> (String, u64) {
    let sessions = harness.cluster.down_resumable().await;
    let session = &sessions[&0];
    (session.id().to_owned(), session.sequence())
}

/// The sequence numbers of the events among the items; READY has 1.
fn events(items: &[(u32, Item)]) -> Vec<u64> {
    let event = |(_, item): &(u32, Item)| match item {
        Item::Event(Event::Ready(_)) => Some(1),
        item => sequence(item),
    };
    items.iter().filter_map(event).collect()
}

#[tokio::test(start_paused = true)]
async fn current_session_is_returned_and_resumed_by_the_next_cluster() {
    let (mut first, _connection) = replaced().await;
    assert_eq!(down(&first).await, ("new".to_owned(), 1));
    let sessions = first.cluster.down_resumable().await;
    let remaining = first.remaining().await;
    assert_eq!(
        events(&remaining),
        [10, 1],
        "a resume does not bring them again"
    );

    let change = |cluster: gloaming_cluster::ClusterBuilder| cluster.resume_sessions(sessions);
    let mut second = harness_with(1, change).await;
    second.cluster.up().await;
    let mut connection = second.gateways[0].greet().await;
    let resume = connection.expect(6).await;
    assert_eq!(
        resume,
        json!({"token": TOKEN, "session_id": "new", "seq": 1})
    );
    connection.events(2..=4).await;
    connection.send(&resumed(5)).await;
    for expected in 2..=4 {
        assert_eq!(second.next_event().await, (0, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn current_session_is_returned_after_the_gap_was_delivered() {
    let (mut first, _connection) = replaced().await;
    first
        .take_until(|_, item| matches!(item, Item::Lifecycle(Lifecycle::Gap { .. })).then_some(()))
        .await;
    assert_eq!(down(&first).await, ("new".to_owned(), 1));
    assert_eq!(events(&first.remaining().await), [1]);
}

#[tokio::test(start_paused = true)]
async fn current_session_is_returned_if_ready_came_in_place_of_resumed() {
    let mut harness = harness(1).await;
    let mut connection = harness.start_ready().await.remove(0);
    connection.events([2]).await;
    assert_eq!(harness.next_event().await, (0, 2));
    connection.close(4000).await;
    drop(connection);
    let mut connection = harness.gateways[0].resuming(2).await;
    harness
        .take_until(|_, item| {
            matches!(item, Item::Lifecycle(Lifecycle::Resuming { .. })).then_some(())
        })
        .await;
    connection.send(&ready("new", 1)).await;
    received(&harness, "new", 1).await;
    assert_eq!(down(&harness).await, ("new".to_owned(), 1));
    assert_eq!(events(&harness.remaining().await), [1]);
}

#[tokio::test(start_paused = true)]
async fn no_session_is_returned_while_there_is_none() {
    let mut harness = harness(1).await;
    let mut connection = harness.start_ready().await.remove(0);
    harness.take_until_ready().await;
    connection.events([2]).await;
    connection.send(REPLACED).await;
    connection.left().await;
    let mut connection = harness.gateways[0].greet().await;
    connection.expect(2).await;
    assert!(harness.cluster.down_resumable().await.is_empty());
    assert_eq!(events(&harness.remaining().await), [2]);
}
