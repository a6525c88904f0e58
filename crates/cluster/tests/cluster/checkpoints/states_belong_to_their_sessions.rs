use crate::{
    gateway::{SESSION, resumed},
    harness::{Harness, TestStore, harness_with},
};
use gloaming_cluster::{
    ApplicationState, Checkpoint, CheckpointPolicy, ClusterBuilder, SessionStore as _,
};
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn with_states(store: &TestStore) -> impl FnOnce(ClusterBuilder) -> ClusterBuilder {
    let policy = CheckpointPolicy::default()
        .with_state(ApplicationState::Provided)
        .with_max_state_bytes(16);
    let store = store.clone();
    move |builder| builder.session_store(store).checkpoint_policy(policy)
}

/// Saves the state of each shard that is due, and returns the shards.
fn save_due(harness: &mut Harness, state: &'static str) -> Vec<u32> {
    let mut saved = Vec::new();
    while let Some(due) = harness.items.checkpoint_due() {
        saved.push(due.shard().number());
        due.save(state).unwrap();
    }
    saved
}

#[tokio::test(start_paused = true)]
async fn state_is_saved_with_the_event_that_was_taken_last() {
    let store = TestStore::default();
    let mut first = harness_with(1, with_states(&store)).await;
    let mut connection = first.start_ready().await.remove(0);
    first.take_until_ready().await;
    connection.events(2..=9).await;
    for _ in 2..=5 {
        first.next_event().await;
    }
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(store.saves(), [], "the cluster saves nothing by itself");
    assert_eq!(save_due(&mut first, "2345"), [0]);
    assert!(save_due(&mut first, "").is_empty(), "once per interval");
    // What is taken after does not belong to the state.
    for _ in 6..=7 {
        first.next_event().await;
    }
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(store.sequences().await, [(0, 5)]);
    assert_eq!(store.content().await[0].state().unwrap(), "2345");

    let killed = TestStore::with(store.content().await).await;
    let mut second = harness_with(1, with_states(&killed)).await;
    assert_eq!(second.cluster.restored(0).unwrap(), "2345");
    assert_eq!(second.cluster.restored(1), None);
    second.cluster.up().await;
    let mut connection = second.gateways[0].resuming(5).await;
    connection.events(6..=9).await;
    connection.send(&resumed(10)).await;
    for expected in 6..=9 {
        assert_eq!(second.next_event().await, (0, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn shards_without_changes_are_not_due() {
    let store = TestStore::default();
    let mut harness = harness_with(3, with_states(&store)).await;
    let mut connections = harness.start_ready().await;
    for _ in 0..3 {
        harness.take_until_ready().await;
    }
    harness.take_present();
    tokio::time::sleep(SECOND).await;
    assert_eq!(save_due(&mut harness, "ready"), [0, 1, 2]);
    connections[1].events([2]).await;
    assert_eq!(harness.next_event().await, (1, 2));
    harness.take_present();
    tokio::time::sleep(SECOND).await;
    assert_eq!(save_due(&mut harness, "one"), [1]);
    store.wait_for(&[(0, 1), (1, 2), (2, 1)]).await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_saves_the_states_of_all_events_taken() {
    let store = TestStore::default();
    let mut harness = harness_with(1, with_states(&store)).await;
    let mut connection = harness.start_ready().await.remove(0);
    harness.take_until_ready().await;
    connection.events(2..=4).await;
    for _ in 2..=3 {
        harness.next_event().await;
    }
    harness.items.request_checkpoints();
    assert_eq!(save_due(&mut harness, "23"), [0]);
    let sessions = harness.cluster.down_resumable().await;
    assert_eq!(sessions[&0].sequence(), 3);
    assert_eq!(store.sequences().await, [(0, 3)]);
    assert_eq!(store.content().await[0].state().unwrap(), "23");
}

#[tokio::test(start_paused = true)]
async fn state_that_is_too_large_is_an_error_and_acknowledges_nothing() {
    let store = TestStore::default();
    let mut harness = harness_with(1, with_states(&store)).await;
    let _connections = harness.start_ready().await;
    harness.take_until_ready().await;
    tokio::time::sleep(SECOND).await;
    let due = harness.items.checkpoint_due().unwrap();
    let error = due.save(vec![0; 17]).unwrap_err();
    assert_eq!((error.bytes, error.max), (17, 16));
    assert!(error.to_string().contains("17 bytes"), "{error}");
    harness.items.request_checkpoints();
    assert_eq!(save_due(&mut harness, "sixteen bytes..."), [0]);
}

/// The state belongs to the session with which it was saved, and not to another that the application gives.
#[tokio::test(start_paused = true)]
async fn state_of_another_session_is_not_restored() {
    let session = |sequence| Session::new(sequence, SESSION.to_owned());
    let checkpoint = Checkpoint::new(ShardId::ONE, session(5)).with_state("5");
    let store = TestStore::with(vec![checkpoint]).await;
    let harness = harness_with(1, |builder| {
        with_states(&store)(builder).resume_sessions([(0, session(7))])
    })
    .await;
    assert_eq!(harness.cluster.restored(0), None);
    assert_eq!(store.load(crate::harness::owner()).await.unwrap().len(), 1);
}
