//! A store in memory.

use super::{Checkpoint, SessionStore, StoreError, StoreOwner};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    collections::BTreeMap,
    future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A store in memory, which does not survive the process: for tests, and for clusters that follow one another in one
/// process. Clones are the same store.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gloaming_cluster::StoreError> {
/// use gloaming_cluster::{Checkpoint, MemoryStore, SessionStore, StoreOwner};
/// use gloaming_protocol::{ShardId, Token};
/// use gloaming_shard::Session;
///
/// let store = MemoryStore::new();
/// let owner = StoreOwner::of(&Token::new("token"));
/// let checkpoint = Checkpoint::new(ShardId::ONE, Session::new(42, "d8c3b5".to_owned()));
/// store.save(owner, vec![checkpoint.clone()]).await?;
/// assert_eq!(store.load(owner).await?, [checkpoint]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    checkpoints: Arc<Mutex<Checkpoints>>,
}

/// By owner, and the number and total of the shard.
type Checkpoints = BTreeMap<(StoreOwner, u32, u32), Checkpoint>;

impl MemoryStore {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Checkpoints> {
        // No change under the lock is left half-done.
        let locked = self.checkpoints.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Each call is done at once, before its future is polled.
impl SessionStore for MemoryStore {
    fn load(&self, owner: StoreOwner) -> BoxFuture<'_, Result<Vec<Checkpoint>, StoreError>> {
        let checkpoints = self.lock();
        let own = checkpoints.iter().filter(|((of, ..), _)| *of == owner);
        let own = own.map(|(_, checkpoint)| checkpoint.clone()).collect();
        Box::pin(future::ready(Ok(own)))
    }

    fn save(
        &self,
        owner: StoreOwner,
        checkpoints: Vec<Checkpoint>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let keyed = checkpoints
            .into_iter()
            .map(|it| (key(owner, it.shard()), it));
        self.lock().extend(keyed);
        Box::pin(future::ready(Ok(())))
    }

    fn remove(
        &self,
        owner: StoreOwner,
        shards: Vec<ShardId>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut checkpoints = self.lock();
        for shard in shards {
            checkpoints.remove(&key(owner, shard));
        }
        Box::pin(future::ready(Ok(())))
    }
}

fn key(owner: StoreOwner, shard: ShardId) -> (StoreOwner, u32, u32) {
    (owner, shard.total(), shard.number())
}
