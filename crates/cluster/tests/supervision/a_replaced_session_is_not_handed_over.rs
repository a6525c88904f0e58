use crate::{
    gateway::{Connection, TOKEN, ready, resumed},
    support::{Bench, bench, bench_with, sequence},
};
use gloaming_protocol::Event;
use gloaming_shard::{Item, Lifecycle};
use serde_json::json;

const REPLACED: &str = r#"{"op":9,"d":false,"s":null,"t":null}"#;

/// A shard whose session was replaced by the session `new` (sequence 4), one event of the old one (10)
/// being on its way; the consumer has taken nothing past 9.
async fn replaced() -> (Bench, Connection) {
    let mut bench = bench(1).await;
    let mut connection = bench.begin().await.remove(0);
    connection.events(2..=9).await;
    for expected in 2..=9 {
        assert_eq!(bench.event().await, (0, expected));
    }
    connection.events([10]).await;
    connection.send(REPLACED).await;
    connection.left().await;
    let mut connection = bench.gateways[0].greet().await;
    connection.expect(2).await;
    connection.send(&ready("new", 1)).await;
    connection.events(2..=4).await;
    received(&bench, "new", 4).await;
    (bench, connection)
}

async fn received(bench: &Bench, session: &str, sequence: u64) {
    loop {
        let info = &bench.cluster.info()[&0];
        if info.session_id() == Some(session) && info.seq() == sequence {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn down(bench: &Bench) -> (String, u64) {
    let sessions = bench.cluster.down_resumable().await;
    let session = &sessions[&0];
    (session.id().to_owned(), session.sequence())
}

/// The events among them, by sequence; READY is the first.
fn events(items: &[(u32, Item)]) -> Vec<u64> {
    let event = |(_, item): &(u32, Item)| match item {
        Item::Event(Event::Ready(_)) => Some(1),
        item => sequence(item),
    };
    items.iter().filter_map(event).collect()
}

#[tokio::test(start_paused = true)]
async fn but_the_one_that_took_its_place() {
    let (mut first, _connection) = replaced().await;
    assert_eq!(down(&first).await, ("new".to_owned(), 1));
    let sessions = first.cluster.down_resumable().await;
    let rest = first.rest().await;
    assert_eq!(events(&rest), [10, 1], "what nobody else can get");

    let change = |cluster: gloaming_cluster::ClusterBuilder| cluster.resume_sessions(sessions);
    let mut second = bench_with(1, change, |_, shard| shard).await;
    second.cluster.up().await;
    let mut connection = second.gateways[0].greet().await;
    let asked = connection.expect(6).await;
    assert_eq!(
        asked,
        json!({"token": TOKEN, "session_id": "new", "seq": 1})
    );
    connection.events(2..=4).await;
    connection.send(&resumed(5)).await;
    for expected in 2..=4 {
        assert_eq!(second.event().await, (0, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn also_when_the_consumer_saw_the_old_one_end() {
    let (mut first, _connection) = replaced().await;
    first
        .until(|_, item| matches!(item, Item::Lifecycle(Lifecycle::Gap { .. })).then_some(()))
        .await;
    assert_eq!(down(&first).await, ("new".to_owned(), 1));
    assert_eq!(events(&first.rest().await), [1]);
}

#[tokio::test(start_paused = true)]
async fn also_when_ready_came_in_place_of_resumed() {
    let mut bench = bench(1).await;
    let mut connection = bench.begin().await.remove(0);
    connection.events([2]).await;
    assert_eq!(bench.event().await, (0, 2));
    connection.close(4000).await;
    drop(connection);
    let mut connection = bench.gateways[0].resuming(2).await;
    bench
        .until(|_, item| matches!(item, Item::Lifecycle(Lifecycle::Resuming { .. })).then_some(()))
        .await;
    connection.send(&ready("new", 1)).await;
    received(&bench, "new", 1).await;
    assert_eq!(down(&bench).await, ("new".to_owned(), 1));
    assert_eq!(events(&bench.rest().await), [1]);
}

#[tokio::test(start_paused = true)]
async fn nor_any_while_there_is_none() {
    let mut bench = bench(1).await;
    let mut connection = bench.begin().await.remove(0);
    bench.ready().await;
    connection.events([2]).await;
    connection.send(REPLACED).await;
    connection.left().await;
    let mut connection = bench.gateways[0].greet().await;
    connection.expect(2).await;
    assert!(bench.cluster.down_resumable().await.is_empty());
    assert_eq!(events(&bench.rest().await), [2]);
}
