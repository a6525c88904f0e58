use crate::{
    gateway::{SESSION, ready},
    harness::{TestStore, harness_with},
};
use gloaming_cluster::Checkpoint;
use gloaming_protocol::ShardId;
use gloaming_shard::{Item, Lifecycle, Session};

#[tokio::test(start_paused = true)]
async fn session_that_discord_invalidates_is_removed() {
    let store = TestStore::default();
    let mut harness = harness_with(1, |it| it.session_store(store.clone())).await;
    let mut connection = harness.start_ready().await.remove(0);
    harness.take_until_ready().await;
    store.wait_for(&[(0, 1)]).await;
    connection.send(r#"{"op":9,"d":false}"#).await;
    connection.left().await;
    let mut connection = harness.gateways[0].greet().await;
    connection.expect(2).await;
    store.wait_for(&[]).await;
    // Until the application has handled the report, the next process would give it.
    harness
        .take_until(|_, item| matches!(item, Item::Lifecycle(Lifecycle::Gap { .. })).then_some(()))
        .await;
    assert!(store.content().await[0].unhandled_loss().is_some());
    harness.take_present();
    harness.cluster.save_checkpoints().await.unwrap();
    assert_eq!(store.content().await, []);
    connection.send(&ready("new", 1)).await;
    harness.take_until_ready().await;
    store.wait_for(&[(0, 1)]).await;
    assert_eq!(store.content().await[0].session().unwrap().id(), "new");
}

#[tokio::test(start_paused = true)]
async fn final_shutdown_removes_all() {
    let store = TestStore::default();
    let mut harness = harness_with(2, |it| it.session_store(store.clone())).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.take_until_ready().await;
    store.wait_for(&[(0, 1), (1, 1)]).await;
    harness.cluster.down();
    for connection in &mut connections {
        assert_eq!(connection.left().await, Some(1000));
    }
    drop(connections);
    harness.remaining().await;
    harness.cluster.save_checkpoints().await.unwrap();
    assert_eq!(store.content().await, []);
}

#[tokio::test(start_paused = true)]
async fn dropped_stream_keeps_the_sessions() {
    let store = TestStore::default();
    let mut harness = harness_with(1, |it| it.session_store(store.clone())).await;
    let _connections = harness.start_ready().await;
    harness.take_until_ready().await;
    store.wait_for(&[(0, 1)]).await;
    drop(harness.items);
    harness.cluster.save_checkpoints().await.unwrap();
    assert_eq!(store.sequences().await, [(0, 1)]);
}

/// What is stored of a shard stays until the shard knows better.
#[tokio::test(start_paused = true)]
async fn shards_that_were_not_started_keep_theirs() {
    let stored = [0, 1].map(|number| {
        let session = Session::new(9, SESSION.to_owned());
        Checkpoint::new(ShardId::new(number, 2), session)
    });
    let store = TestStore::with(stored.to_vec()).await;
    let mut harness = harness_with(2, |it| it.session_store(store.clone())).await;
    harness.cluster.shard(0).unwrap().start();
    let mut connection = harness.gateways[0].resuming(9).await;
    connection.send(r#"{"op":9,"d":false}"#).await;
    store.wait_for(&[(1, 9)]).await;
    harness.cluster.save_checkpoints().await.unwrap();
    assert_eq!(store.sequences().await, [(1, 9)]);
}
