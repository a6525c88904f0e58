//! A store whose answers a test chooses.

use crate::gateway::TOKEN;
use gloaming_cluster::{Checkpoint, MemoryStore, SessionStore, StoreError, StoreOwner};
use gloaming_protocol::{ShardId, Token};
use gloaming_queue::BoxFuture;
use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// The bot of the [`Harness`](super::Harness).
pub(crate) fn owner() -> StoreOwner {
    StoreOwner::of(&Token::new(TOKEN))
}

/// The time of tokio's clock, which tests pause.
#[expect(clippy::disallowed_methods, reason = "the tests measure waits")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// What a store does with a call.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Answer {
    #[default]
    Done,
    Failed,
    Panic,
    Never,
}

/// A store in memory that records the calls. Clones are the same store.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestStore {
    memory: MemoryStore,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    answer: Answer,
    saves: Vec<(Instant, Vec<(u32, u64)>)>,
}

impl TestStore {
    /// Makes a store with these checkpoints.
    pub(crate) async fn with(checkpoints: Vec<Checkpoint>) -> Self {
        let store = Self::default();
        store.memory.save(owner(), checkpoints).await.unwrap();
        store
    }

    pub(crate) fn answer(&self, answer: Answer) {
        self.state.lock().unwrap().answer = answer;
    }

    /// The saves so far: when, and the shards with their sequences.
    pub(crate) fn saves(&self) -> Vec<(Instant, Vec<(u32, u64)>)> {
        self.state.lock().unwrap().saves.clone()
    }

    /// What a process that starts now finds.
    pub(crate) async fn content(&self) -> Vec<Checkpoint> {
        self.memory.load(owner()).await.unwrap()
    }

    /// The stored shards with their sequences.
    pub(crate) async fn sequences(&self) -> Vec<(u32, u64)> {
        sequences(&self.content().await)
    }

    /// Waits until the store has these sequences.
    pub(crate) async fn wait_for(&self, expected: &[(u32, u64)]) {
        while self.sequences().await != expected {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn answered(&self) -> Result<(), StoreError> {
        let answer = self.state.lock().unwrap().answer;
        match answer {
            Answer::Done => Ok(()),
            Answer::Failed => Err(StoreError::other("the test said so")),
            Answer::Panic => panic!("the store's bug"),
            Answer::Never => pending().await,
        }
    }
}

fn sequences(checkpoints: &[Checkpoint]) -> Vec<(u32, u64)> {
    let sequence = |it: &Checkpoint| Some((it.shard().number(), it.session()?.sequence()));
    checkpoints.iter().filter_map(sequence).collect()
}

impl SessionStore for TestStore {
    fn load(&self, owner: StoreOwner) -> BoxFuture<'_, Result<Vec<Checkpoint>, StoreError>> {
        Box::pin(async move {
            self.answered().await?;
            self.memory.load(owner).await
        })
    }

    fn save(
        &self,
        owner: StoreOwner,
        checkpoints: Vec<Checkpoint>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let save = (now(), sequences(&checkpoints));
            self.state.lock().unwrap().saves.push(save);
            self.answered().await?;
            self.memory.save(owner, checkpoints).await
        })
    }

    fn remove(
        &self,
        owner: StoreOwner,
        shards: Vec<ShardId>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.answered().await?;
            self.memory.remove(owner, shards).await
        })
    }
}
