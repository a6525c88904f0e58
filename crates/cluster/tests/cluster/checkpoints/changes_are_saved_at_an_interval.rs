use crate::{
    gateway::{RESUME_HOST, SESSION},
    harness::{TestStore, harness_with},
};
use gloaming_cluster::CheckpointPolicy;
use gloaming_protocol::ShardId;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn shards_that_have_changed_are_saved_in_one_batch() {
    let store = TestStore::default();
    let mut harness = harness_with(3, |it| it.session_store(store.clone())).await;
    let mut connections = harness.start_ready().await;
    for _ in 0..3 {
        harness.take_until_ready().await;
    }
    for (connection, events) in connections.iter_mut().zip([2..=4, 2..=2, 2..=3]) {
        connection.events(events).await;
    }
    for _ in 0..6 {
        harness.next_event().await;
    }
    harness.take_present();
    tokio::time::sleep(3 * SECOND).await;
    let saves = store.saves();
    let (_, last) = saves.last().unwrap();
    assert_eq!(*last, [(0, 4), (1, 2), (2, 3)], "{saves:?}");
    let before = saves.len();

    connections[1].events(3..=5).await;
    for _ in 0..3 {
        harness.next_event().await;
    }
    harness.take_present();
    tokio::time::sleep(3 * SECOND).await;
    let saves = store.saves();
    assert_eq!(saves.len(), before + 1, "nothing else has changed");
    assert_eq!(saves[before].1, [(1, 5)]);
    let content = store.content().await;
    let session = content[0].session().unwrap();
    assert_eq!(
        (session.id(), session.resume_url()),
        (SESSION, Some(RESUME_HOST))
    );
    assert_eq!(session.shard(), Some(ShardId::new(0, 3)));
    let status = harness.cluster.checkpoint_status().unwrap();
    assert_eq!(status.last_saved(), Some(saves[before].0.into_std()));
    assert_eq!(status.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_buffer_is_not_saved() {
    let store = TestStore::default();
    let mut harness = harness_with(1, |it| it.session_store(store.clone())).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].events(2..=9).await;
    for _ in 2..=5 {
        harness.next_event().await;
    }
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(harness.cluster.info()[&0].seq(), 9);
    let [(0, sequence)] = store.sequences().await[..] else {
        panic!("the shard is saved");
    };
    assert!((4..=5).contains(&sequence), "{sequence}");
}

#[tokio::test(start_paused = true)]
async fn interval_is_a_setting_and_a_shutdown_saves_at_once() {
    let store = TestStore::default();
    let policy = CheckpointPolicy::default().with_interval(60 * SECOND);
    let mut harness = harness_with(1, |it| {
        it.session_store(store.clone()).checkpoint_policy(policy)
    })
    .await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].events(2..=3).await;
    for _ in 2..=3 {
        harness.next_event().await;
    }
    tokio::time::sleep(30 * SECOND).await;
    assert_eq!(store.saves(), []);
    let sessions = harness.cluster.down_resumable().await;
    assert_eq!(store.sequences().await, [(0, sessions[&0].sequence())]);
    let content = store.content().await;
    assert_eq!(content[0].session(), Some(&sessions[&0]));
}

#[tokio::test(start_paused = true)]
async fn without_a_store_there_is_no_status() {
    let mut harness = harness_with(1, |it| it).await;
    assert!(harness.cluster.checkpoint_status().is_none());
    let _connections = harness.start_ready().await;
    assert!(harness.cluster.save_checkpoints().await.is_none());
}
