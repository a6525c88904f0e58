use crate::{
    gateway::{SESSION, resumed},
    harness::{Answer, Harness, TestStore, harness_with, now, owner},
};
use gloaming_cluster::{
    Checkpoint, Cluster, ClusterStartErrorKind, MemoryStore, SessionStore as _, StoreError,
    StoreErrorKind,
};
use gloaming_protocol::{Intents, ShardId};
use gloaming_shard::Session;
use gloaming_test_support::Logs;
use std::{error::Error as _, time::Duration};
use tracing::Level;

fn checkpoint(shard: ShardId, sequence: u64) -> Checkpoint {
    Checkpoint::new(shard, Session::new(sequence, SESSION.to_owned()))
}

async fn resumes(harness: &mut Harness, sequence: u64) {
    harness.cluster.up().await;
    let mut connection = harness.gateways[0].resuming(sequence).await;
    connection.send(&resumed(sequence + 1)).await;
}

/// Nothing is done in order: what the store has at some moment is all that the next process has.
#[tokio::test(start_paused = true)]
async fn process_that_follows_a_killed_one_resumes() {
    let store = TestStore::default();
    let mut first = harness_with(1, |it| it.session_store(store.clone())).await;
    let mut connections = first.start_ready().await;
    first.take_until_ready().await;
    connections[0].events(2..=9).await;
    for _ in 2..=9 {
        first.next_event().await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let killed = MemoryStore::new();
    killed.save(owner(), store.content().await).await.unwrap();
    let [(_, sequence)] = store.sequences().await[..] else {
        panic!("the shard is saved");
    };
    assert!((8..=9).contains(&sequence), "{sequence}");

    let mut second = harness_with(1, |it| it.session_store(killed)).await;
    resumes(&mut second, sequence).await;
}

#[tokio::test(start_paused = true)]
async fn session_that_the_application_gives_precedes() {
    let stored = checkpoint(ShardId::ONE, 5);
    let store = TestStore::with(vec![stored]).await;
    let given = [(0, Session::new(7, SESSION.to_owned()))];
    let mut harness = harness_with(1, |it| it.session_store(store).resume_sessions(given)).await;
    resumes(&mut harness, 7).await;
}

#[tokio::test(start_paused = true)]
async fn sessions_of_another_total_are_reported_once_and_not_resumed() {
    let stored = (0..5).map(|number| checkpoint(ShardId::new(number, 5), 9));
    let store = TestStore::with(stored.collect()).await;
    let (logs, guard) = Logs::capture(Level::WARN);
    let mut harness = harness_with(1, |it| it.session_store(store.clone())).await;
    drop(guard);
    let warnings = logs.lines();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("outdated=5"), "{warnings:?}");
    let _connections = harness.start_ready().await;
    harness.take_until_ready().await;
    store.wait_for(&[(0, 1)]).await;
}

async fn error(store: TestStore) -> (ClusterStartErrorKind, StoreErrorKind) {
    let built = Cluster::builder("the.bot.token".to_owned(), Intents::GUILDS)
        .session_store(store)
        .build()
        .await;
    let error = built.unwrap_err();
    let source = error.source().unwrap().downcast_ref::<StoreError>();
    (error.kind(), source.unwrap().kind())
}

#[tokio::test(start_paused = true)]
async fn store_that_can_not_be_loaded_is_an_error() {
    let store = TestStore::default();
    store.answer(Answer::Failed);
    let expected = (ClusterStartErrorKind::SessionStore, StoreErrorKind::Other);
    assert_eq!(error(store.clone()).await, expected);
    store.answer(Answer::Never);
    let started = now();
    let expected = (
        ClusterStartErrorKind::SessionStore,
        StoreErrorKind::TimedOut,
    );
    assert_eq!(error(store).await, expected);
    assert_eq!((now() - started), Duration::from_secs(10));
}
