//! Where the sessions of a bot's shards are kept for the node that has the shard next.

use crate::{error::CoordinatorError, fence::Fence};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::fmt::{self, Debug, Formatter};

/// Keeps the last checkpoint of each shard, so that the node that takes a shard over resumes its session.
///
/// A checkpoint is bytes that only nodes read: the session, the cursor and the state of the application.
///
/// # Contract
///
/// - [`load`](Self::load) returns the last checkpoint and raises the shard's fence in one step: from then on, a checkpoint
///   with a lower fence is refused. So nothing that the owner before has under way replaces what was loaded.
/// - A checkpoint is stored as a whole or not at all.
/// - A session id with the bot's token lets anyone resume the session. What is stored needs to be as private as other
///   data of the bot.
///
/// # Cancel safety
///
/// Dropping a future leaves the call done or not done, but not half done. The calls of one node for one shard must not
/// overtake each other; a node makes the next one when the one before has ended or was dropped, and repeats one that was
/// dropped with newer content.
///
/// # Errors
///
/// All methods fail if the engine does not answer, answers with an error of its own, or has stored what can't be read. A
/// shard whose checkpoint can't be loaded must not identify for that reason: the session is still there.
pub trait Sessions: Debug + Send + Sync {
    /// Returns the last checkpoint of a shard, for the owner with this fence.
    fn load(
        &self,
        shard: ShardId,
        fence: Fence,
    ) -> BoxFuture<'_, Result<LoadOutcome, CoordinatorError>>;

    /// Stores checkpoints, each in place of the one before. The outcomes have the order of the checkpoints.
    ///
    /// Implementations may store some of them and then fail. A batch has at most one per shard.
    ///
    /// # Errors
    ///
    /// Also fails with [`TooLarge`](crate::CoordinatorErrorKind::TooLarge) if a checkpoint exceeds the bound of the engine,
    /// which is at least 64 KiB. None of the batch is stored then.
    fn checkpoint(
        &self,
        checkpoints: Vec<ShardCheckpoint>,
    ) -> BoxFuture<'_, Result<Vec<CheckpointOutcome>, CoordinatorError>>;
}

/// The position of a shard, as its owner writes it.
///
/// `Debug` shows the size of the body and not its content.
#[derive(Clone, Eq, PartialEq)]
pub struct ShardCheckpoint {
    /// The shard.
    pub shard: ShardId,
    /// The fence of the owner's lease.
    pub fence: Fence,
    /// The session, the cursor and the state of the application, as the nodes encode them.
    pub body: Bytes,
}

impl Debug for ShardCheckpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardCheckpoint")
            .field("shard", &self.shard)
            .field("fence", &self.fence)
            .field("bytes", &self.body.len())
            .finish()
    }
}

/// The answer to [`Sessions::load`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LoadOutcome {
    /// The last checkpoint, with the fence under which it was written.
    Stored(ShardCheckpoint),
    /// The shard has none: it never had a session.
    Nothing,
    /// The shard has an owner with a higher fence.
    Fenced {
        /// The fence of that owner.
        by: Fence,
    },
}

/// The answer to [`Sessions::checkpoint`], for one shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CheckpointOutcome {
    /// It is stored.
    Stored,
    /// It is not stored, since the shard has an owner with a higher fence.
    Fenced {
        /// The fence of that owner.
        by: Fence,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_session() {
        let checkpoint = ShardCheckpoint {
            shard: ShardId::ONE,
            fence: Fence::new(3),
            body: Bytes::from_static(b"private"),
        };
        let shown = format!("{checkpoint:?}");
        assert!(shown.contains("bytes: 7"), "{shown}");
        assert!(!shown.contains("private"), "{shown}");
    }
}
