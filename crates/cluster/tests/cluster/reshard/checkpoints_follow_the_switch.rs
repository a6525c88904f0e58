//! Until the end of a switch, a process that is killed is followed by one with the old shards; then by one with the new
//! ones.

use super::{
    running_cluster_switches_in_place::settings,
    scripted::{Server, until_arrived},
};
use crate::harness::TestStore;
use gloaming_cluster::{ApplicationState, CheckpointPolicy, reshard::SwitchoverEnd};
use std::time::Duration;
use tokio::time::timeout;

/// The totals of the shards in the store, with their number and whether there is a state.
async fn content(store: &TestStore) -> Vec<(u32, u32, Option<Vec<u8>>)> {
    let content = store.content().await.into_iter().map(|checkpoint| {
        let shard = checkpoint.shard();
        let state = checkpoint.state().map(|state| state.to_vec());
        (shard.total(), shard.number(), state)
    });
    let mut content: Vec<_> = content.collect();
    content.sort();
    content
}

#[tokio::test(start_paused = true)]
async fn checkpoints_are_of_the_old_set_until_the_end_and_then_of_the_new_one() {
    let store = TestStore::default();
    let server = Server::default();
    let builder = server.builder(2).session_store(store.clone());
    let (cluster, events) = builder.build().await.unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    until_arrived(&mut items).await;
    let switch = tokio::spawn({
        let cluster = cluster.clone();
        async move { cluster.reshard(3, settings()).await }
    });
    let mut number = 0;
    while cluster.shards().len() == 2 {
        server.say(3, number);
        number += 1;
        while let Ok(item) = timeout(Duration::from_millis(500), items.next()).await {
            item.expect("the stream has not ended");
            if cluster.shards().len() == 3 {
                break;
            }
            let content = content(&store).await;
            assert!(content.iter().all(|(total, ..)| *total == 2), "{content:?}");
        }
    }
    // The cursor has moved with the events that were taken.
    let before = store.sequences().await;
    let most = before.iter().map(|(_, sequence)| *sequence).max();
    assert!(most > Some(20), "{before:?}");
    while !switch.is_finished() {
        _ = timeout(Duration::from_millis(500), items.next()).await;
    }
    assert_eq!(switch.await.unwrap().unwrap().end, SwitchoverEnd::Completed);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let content = content(&store).await;
    let shards: Vec<_> = content
        .iter()
        .map(|(total, number, _)| (*total, *number))
        .collect();
    assert_eq!(shards, [(3, 0), (3, 1), (3, 2)]);
}

#[tokio::test(start_paused = true)]
async fn states_are_due_again_after_the_end() {
    let store = TestStore::default();
    let server = Server::default();
    let policy = CheckpointPolicy::default().with_state(ApplicationState::Provided);
    let builder = server.builder(2).session_store(store.clone());
    let (cluster, events) = builder.checkpoint_policy(policy).build().await.unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    until_arrived(&mut items).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    while let Some(due) = items.checkpoint_due() {
        due.save("before").unwrap();
    }
    let switch = tokio::spawn({
        let cluster = cluster.clone();
        async move { cluster.reshard(3, settings()).await }
    });
    let mut number = 0;
    while !switch.is_finished() {
        server.say(3, number);
        number += 1;
        while timeout(Duration::from_millis(500), items.next())
            .await
            .is_ok()
        {
            if cluster.resharding().is_some() {
                assert!(items.checkpoint_due().is_none());
            }
        }
    }
    let before = |number| (2, number, Some(b"before".to_vec()));
    assert_eq!(content(&store).await, [before(0), before(1)]);

    while timeout(Duration::from_millis(500), items.next())
        .await
        .is_ok()
    {}
    while let Some(due) = items.checkpoint_due() {
        assert_eq!(due.shard().total(), 3);
        due.save("after").unwrap();
    }
    cluster.save_checkpoints().await.unwrap();
    let after = |number| (3, number, Some(b"after".to_vec()));
    assert_eq!(content(&store).await, [after(0), after(1), after(2)]);
}
