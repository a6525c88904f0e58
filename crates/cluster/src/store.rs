//! Where a cluster keeps its sessions, so that a process that is killed can be followed by one that resumes them.

mod checkpoint;
mod encoding;
mod error;
mod file;
mod memory;
mod owner;

pub use self::{
    checkpoint::Checkpoint,
    error::{StoreError, StoreErrorKind},
    file::{FileStore, OnDamage},
    memory::MemoryStore,
    owner::StoreOwner,
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{fmt::Debug, future, sync::Arc};

/// Keeps the sessions of a bot's shards beyond the process.
///
/// A cluster that is given one with [`ClusterBuilder::session_store`](crate::ClusterBuilder::session_store) loads it when
/// it is built, and saves [`Checkpoint`]s at an interval. [`FileStore`] keeps them in a directory, and [`MemoryStore`] in
/// memory, for tests. Implement the trait to keep them elsewhere, such as in a database that several machines share.
///
/// # Contract
///
/// - A checkpoint is stored as a whole or not at all. Its session and the state of the application belong together:
///   never return the session of one with the state of another.
/// - Calls take effect in the order in which their futures were polled first. The cluster makes one call at a time.
/// - Dropping a future may leave the call done or not done, but not half done, and it must not take effect after a
///   later call. The cluster drops a future that does not finish in time.
/// - The futures run in the runtime of the shards, and must not block their thread: blocking work belongs into
///   [`spawn_blocking`](https://docs.rs/tokio/latest/tokio/task/fn.spawn_blocking.html).
/// - A session id with the bot's token lets anyone resume the session, so what is stored needs to be as private as
///   other data of the bot.
///
/// ```
/// use gloaming_cluster::{Checkpoint, SessionStore, StoreError, StoreOwner};
/// use gloaming_protocol::ShardId;
/// use gloaming_queue::BoxFuture;
/// use std::{collections::HashMap, sync::Mutex};
///
/// #[derive(Debug, Default)]
/// struct Table(Mutex<HashMap<(StoreOwner, ShardId), Checkpoint>>);
///
/// impl SessionStore for Table {
///     fn load(&self, owner: StoreOwner) -> BoxFuture<'_, Result<Vec<Checkpoint>, StoreError>> {
///         Box::pin(async move {
///             let table = self.0.lock().map_err(|_| StoreError::other("a thread panicked"))?;
///             let own = table.iter().filter(|((of, _), _)| *of == owner);
///             Ok(own.map(|(_, checkpoint)| checkpoint.clone()).collect())
///         })
///     }
///
///     fn save(
///         &self,
///         owner: StoreOwner,
///         checkpoints: Vec<Checkpoint>,
///     ) -> BoxFuture<'_, Result<(), StoreError>> {
///         Box::pin(async move {
///             let mut table = self.0.lock().map_err(|_| StoreError::other("a thread panicked"))?;
///             table.extend(checkpoints.into_iter().map(|it| ((owner, it.shard()), it)));
///             Ok(())
///         })
///     }
///
///     fn remove(
///         &self,
///         owner: StoreOwner,
///         shards: Vec<ShardId>,
///     ) -> BoxFuture<'_, Result<(), StoreError>> {
///         Box::pin(async move {
///             let mut table = self.0.lock().map_err(|_| StoreError::other("a thread panicked"))?;
///             table.retain(|(of, shard), _| *of != owner || !shards.contains(shard));
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait SessionStore: Debug + Send + Sync {
    /// Returns the stored checkpoints of this bot, at most one per shard id, and none if there are none.
    ///
    /// # Errors
    ///
    /// Fails if they can't be read. A store must not return fewer than it has instead.
    fn load(&self, owner: StoreOwner) -> BoxFuture<'_, Result<Vec<Checkpoint>, StoreError>>;

    /// Stores these checkpoints, each in place of the one of the same shard id.
    ///
    /// # Errors
    ///
    /// Fails if they can't be made durable. The cluster then saves again later.
    fn save(
        &self,
        owner: StoreOwner,
        checkpoints: Vec<Checkpoint>,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Removes the checkpoints of these shards, whose sessions have ended. There may be none.
    ///
    /// # Errors
    ///
    /// Fails if that can't be made durable. The cluster then removes them again later.
    fn remove(
        &self,
        owner: StoreOwner,
        shards: Vec<ShardId>,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Gives up what only one process may have, such as a lock, since another process is to use the store now. What was
    /// saved before is durable. A later call of another method takes it again, or fails.
    ///
    /// A cluster calls it right before it releases its last shards to [another process](crate::HandOver). By default, it
    /// does nothing, which is right for a store that several processes may use at the same time.
    ///
    /// # Errors
    ///
    /// Fails if the store does not know whether another process can use it. The hand-over goes on.
    fn release(&self, _owner: StoreOwner) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(future::ready(Ok(())))
    }
}

impl<S: SessionStore + ?Sized> SessionStore for Arc<S> {
    fn load(&self, owner: StoreOwner) -> BoxFuture<'_, Result<Vec<Checkpoint>, StoreError>> {
        (**self).load(owner)
    }

    fn save(
        &self,
        owner: StoreOwner,
        checkpoints: Vec<Checkpoint>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).save(owner, checkpoints)
    }

    fn remove(
        &self,
        owner: StoreOwner,
        shards: Vec<ShardId>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).remove(owner, shards)
    }

    fn release(&self, owner: StoreOwner) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).release(owner)
    }
}
