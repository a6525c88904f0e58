//! Shards that join and leave a running cluster.

mod error;

pub use self::error::{ShardChangeError, ShardChangeErrorKind};

use crate::{
    Checkpoint, CheckpointStatus, Cluster, ShardHandle, ShardKey, ShutdownEnd, ShutdownMode,
    slot::Slot,
};
use gloaming_protocol::{CloseFrame, ShardId};
use gloaming_shard::{Config, Session, Shard};
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};
use tokio::time::timeout;

/// How much longer than its own close timeout a shard may take to close.
pub(crate) const CLOSE_GRACE: Duration = Duration::from_secs(2);

/// What a shard leaves that was [removed](Cluster::remove_shard).
///
/// `Display` is one line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RemovedShard {
    /// The shard.
    pub id: ShardId,
    /// The session to resume, as of the last event that counts as handled. `None` after [`ShutdownMode::Final`], and if the
    /// shard had none.
    pub session: Option<Session>,
    /// The number of its events that handlers had at the end and did not acknowledge, including those that they dropped.
    /// After [`ShutdownMode::Resumable`], the process that resumes the session gets them again.
    pub unacknowledged: usize,
    /// The number of items that were left in its buffer at the end. After [`ShutdownMode::Resumable`], the process that
    /// resumes the session gets the events among them, and the stream does not.
    pub buffered: u64,
    /// Whether the deadline ended the wait.
    pub end: ShutdownEnd,
    /// How the last save went, which has the session of the shard. `None` without a [session
    /// store](crate::ClusterBuilder::session_store).
    pub saved: Option<CheckpointStatus>,
}

impl Display for RemovedShard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            session,
            unacknowledged,
            buffered,
            ..
        } = self;
        let number = id.number();
        let session = match session {
            Some(_) => "its session is kept",
            None => "no session is kept",
        };
        write!(
            f,
            "shard {number} was removed: {unacknowledged} events are not acknowledged, {buffered} items are buffered, \
             {session}"
        )
    }
}

impl Cluster {
    /// Adds a shard to the running cluster, and lets it resume a session, if there is one. It starts at once if
    /// the cluster is [up](Self::up), and with the others otherwise.
    ///
    /// The shard is made like those of the [builder](Self::builder): with the same queue, identify gate and budgets of
    /// buffers, [`per_shard_config`](crate::ClusterBuilder::per_shard_config) and
    /// [`shard_presence`](crate::ClusterBuilder::shard_presence). Its items come from the stream of the cluster, and with a
    /// [session store](crate::ClusterBuilder::session_store), its session is saved like those of the others. The others go
    /// on meanwhile.
    ///
    /// While the guilds of the cluster are [awaited](Self::guilds_arrived), those of the shard are, too. A session that
    /// belongs to another shard is not resumed, as with
    /// [`resume_sessions`](crate::ClusterBuilder::resume_sessions).
    ///
    /// A process that takes a shard over from another machine adds it with the session that
    /// [`remove_shard`](Self::remove_shard) returned there:
    ///
    /// ```no_run
    /// use gloaming_cluster::{Cluster, ShutdownMode};
    /// use std::time::Duration;
    ///
    /// # async fn example(here: Cluster, there: Cluster) -> Result<(), Box<dyn std::error::Error>> {
    /// let removed = there
    ///     .remove_shard(3, ShutdownMode::Resumable, Duration::from_secs(10))
    ///     .await?;
    /// // `Session` can be serialized, to be sent to the other machine.
    /// let shard = here.add_shard(removed.id, removed.session)?;
    /// println!("shard {} runs here now", shard.id());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the cluster has this shard, if the shard is one of another total number of shards, if the cluster was
    /// [started](Self::start) from ready-made shards, and if it is down: after [`down`](Self::down) and the like, and once
    /// the stream has ended, as it does when the last shard has stopped. While the cluster [switches](Self::reshard) to
    /// another number of shards, none can be added. The session is dropped then; clone it before if it is still needed.
    ///
    /// # Panics
    ///
    /// As [`up`](Self::up) does.
    pub fn add_shard(
        &self,
        id: ShardId,
        session: Option<Session>,
    ) -> Result<ShardHandle, ShardChangeError> {
        let factory = self
            .factory()
            .ok_or(ShardChangeErrorKind::NoConfiguration)?;
        self.members().admits(id)?;
        let shard = Shard::with_config(id, factory.config(id, session));
        self.add_ready_shard(shard)
    }

    /// Adds a ready-made shard to the running cluster, like [`add_shard`](Self::add_shard), also if the cluster has no
    /// configuration of its own. Its configuration should be a clone of that of the others, so that they share the queue.
    ///
    /// ```no_run
    /// use gloaming_cluster::Cluster;
    /// use gloaming_protocol::{EventTypeFlags, Intents, ShardId};
    /// use gloaming_shard::{Config, Shard};
    ///
    /// # fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let config = Config::new(token, Intents::GUILDS);
    /// let shard = |number| Shard::with_config(ShardId::new(number, 16), config.clone());
    /// let (cluster, items) = Cluster::start([shard(3)], EventTypeFlags::all(), 64)?;
    /// cluster.add_ready_shard(shard(7))?;
    /// # drop(items);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the cluster has this shard, if the shard is one of another total number of shards, or if the cluster is
    /// down or [switches](Self::reshard) to another number of shards.
    ///
    /// # Panics
    ///
    /// As [`up`](Self::up) does.
    pub fn add_ready_shard(&self, shard: Shard) -> Result<ShardHandle, ShardChangeError> {
        Ok(self.members().add(shard, None)?)
    }

    /// Adds a ready-made shard that goes on where another process has left it, like [`add_ready_shard`](Self::add_ready_shard).
    /// The configuration of the shard has the session to resume; see [`shard_config`](Self::shard_config).
    ///
    /// `stored` is the checkpoint that the [session store](crate::ClusterBuilder::session_store) has of the shard. The
    /// application finds its state in [`restored`](Self::restored), and what the other process had not handled is the first
    /// item of the shard.
    ///
    /// ```no_run
    /// use gloaming_cluster::{Checkpoint, Cluster, ShardChangeError, ShardHandle};
    /// use gloaming_shard::Shard;
    ///
    /// # fn example(cluster: &Cluster, stored: &Checkpoint) -> Result<ShardHandle, ShardChangeError> {
    /// let config = cluster.shard_config(stored.shard(), stored.session().cloned())?;
    /// cluster.add_restored_shard(Shard::with_config(stored.shard(), config), stored)
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`add_ready_shard`](Self::add_ready_shard).
    ///
    /// # Panics
    ///
    /// As [`up`](Self::up) does.
    pub fn add_restored_shard(
        &self,
        shard: Shard,
        stored: &Checkpoint,
    ) -> Result<ShardHandle, ShardChangeError> {
        Ok(self.members().add(shard, Some(stored))?)
    }

    /// Returns the configuration with which [`add_shard`](Self::add_shard) would make this shard. It shares the queue, the
    /// identify gate and TLS with the others.
    ///
    /// # Errors
    ///
    /// Fails if the cluster was [started](Self::start) from ready-made shards.
    pub fn shard_config(
        &self,
        id: ShardId,
        session: Option<Session>,
    ) -> Result<Config, ShardChangeError> {
        let factory = self
            .factory()
            .ok_or(ShardChangeErrorKind::NoConfiguration)?;
        Ok(factory.config(id, session))
    }

    /// Closes a shard of the running cluster for good, waits for its handlers until `deadline`, and removes it from the
    /// cluster. The other shards go on.
    ///
    /// - [`Resumable`](ShutdownMode::Resumable): the session is kept and returned. From this call on, the stream withholds
    ///   the events of the shard that are in its buffer, since the process that resumes the session gets them: over both
    ///   processes, each is delivered once. It waits until the events that were taken as a
    ///   [`Delivery`](gloaming_shard::Delivery) are acknowledged or dropped; an event that was taken otherwise counts as
    ///   handled. Events that were not acknowledged by the deadline are delivered again there.
    /// - [`Final`](ShutdownMode::Final): the session ends. The shard reads nothing more, and it waits until the handlers
    ///   have taken and acknowledged everything that was received. Keep taking items from the stream meanwhile, in another
    ///   task. What is still in the buffer at the deadline comes from the stream later.
    ///
    /// In both modes, items of the shard that a resume would not bring again may come from the stream after the removal, if
    /// they were buffered before: those that are not events, such as the end of the connection, READY, and the events of a
    /// session that was lost. Nothing is added to the buffer after it.
    ///
    /// The close handshake takes a part of the time, at most [`Timeouts::close`](gloaming_shard::machine::Timeouts::close)
    /// and two seconds, also if the deadline is shorter. The shard is part of the cluster until it has stopped. Its handles
    /// stay valid, and it never starts again; [`add_shard`](Self::add_shard) can run a shard of this number again.
    ///
    /// With a [session store](crate::ClusterBuilder::session_store), the session is saved once more, or removed from the
    /// store if it has ended. A saved one stays in the store, where a process that shares the store finds it. From then on,
    /// this cluster changes nothing of the shard in the store.
    ///
    /// The stream ends when its last shard has stopped. To replace all shards, add the new ones first.
    ///
    /// ```no_run
    /// use gloaming_cluster::{Cluster, ShutdownMode};
    /// use std::time::Duration;
    ///
    /// # async fn example(cluster: Cluster) -> Result<(), Box<dyn std::error::Error>> {
    /// let removed = cluster
    ///     .remove_shard(3, ShutdownMode::Resumable, Duration::from_secs(10))
    ///     .await?;
    /// println!("{removed}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the cluster does not run this shard, or [switches](Self::reshard) to another number of shards.
    ///
    /// # Cancel safety
    ///
    /// Once polled, the shard closes even if the future is dropped, and stays in the list. Call it again to remove the shard
    /// and to get the session.
    pub async fn remove_shard(
        &self,
        shard: impl ShardKey,
        mode: ShutdownMode,
        deadline: Duration,
    ) -> Result<RemovedShard, ShardChangeError> {
        let members = self.members();
        members.may_change()?;
        let handle = members
            .shards()
            .find(|it| crate::key::selects(shard, it.id()));
        let id = shard.shard_number();
        let slot = handle
            .ok_or(ShardChangeErrorKind::NotInCluster { id })?
            .slot;
        let end = match timeout(deadline, close(&slot, mode)).await {
            Ok(()) => ShutdownEnd::Finished,
            Err(_) => ShutdownEnd::Deadline,
        };
        exited_or_aborted(&slot).await;
        let session = match mode {
            ShutdownMode::Resumable => slot.freeze(),
            ShutdownMode::Final => None,
        };
        let saved = self.save_checkpoints().await;
        members.remove(&slot);
        tracing::info!(
            shard = slot.id.number(),
            ?mode,
            "the shard was removed from the cluster"
        );
        Ok(RemovedShard {
            id: slot.id,
            session,
            unacknowledged: slot.monitor.unacknowledged_events(),
            buffered: slot.monitor.buffered_items(),
            end,
            saved,
        })
    }
}

/// Closes a shard, and waits for its handlers.
async fn close(slot: &Slot, mode: ShutdownMode) {
    match mode {
        ShutdownMode::Resumable => {
            slot.close(CloseFrame::RESUME);
            // From now on, the buffer is for the process that resumes.
            slot.freeze();
            slot.monitor.all_acknowledged().await;
        }
        ShutdownMode::Final => {
            slot.close(CloseFrame::NORMAL);
            slot.exited().await;
            slot.monitor.drained().await;
        }
    }
}

/// Waits for the close handshake, and aborts a shard that takes too long.
async fn exited_or_aborted(slot: &Slot) {
    let limit = slot.config.timeouts().close.saturating_add(CLOSE_GRACE);
    if timeout(limit, slot.exited()).await.is_err() {
        slot.abort();
        slot.exited().await;
    }
}
