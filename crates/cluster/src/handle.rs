//! A handle to one shard of a cluster.

use crate::{
    ClusterCommandError, NotStartedError, ShardInfo, StartOutcome, config::ClusterSettings,
    refusal::Peers, slot::Slot, state::Phase, supervisor,
};
use gloaming_protocol::{CloseFrame, Command, ShardId};
use gloaming_shard::{Config, Latency, MessageSender, ShardRuntime, ShardState};
use std::sync::Arc;

/// A handle to one shard of a cluster; made by [`Cluster::shard`](crate::Cluster::shard).
///
/// Cheap to clone. It stays valid over restarts of the shard, but a [`sender`](Self::sender) does not.
#[derive(Clone, Debug)]
pub struct ShardHandle {
    pub(crate) slot: Arc<Slot>,
    pub(crate) peers: Peers,
    pub(crate) settings: ClusterSettings,
    pub(crate) runtime: ShardRuntime,
}

impl ShardHandle {
    /// Returns the shard's id.
    #[must_use]
    pub fn id(&self) -> ShardId {
        self.slot.id
    }

    /// Returns the shard's configuration, which does not contain a session.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.slot.config
    }

    /// Starts this shard only; [`Cluster::up`](crate::Cluster::up) starts all.
    ///
    /// # Panics
    ///
    /// As [`Cluster::up`](crate::Cluster::up) does.
    pub fn start(&self) -> StartOutcome {
        supervisor::start(&self.slot, &self.peers, self.settings, &self.runtime)
    }

    /// Returns a snapshot of the shard.
    ///
    /// # Errors
    ///
    /// Fails if the shard was not started. [`Cluster::info`](crate::Cluster::info) also has the shards that
    /// were not started.
    pub fn info(&self) -> Result<ShardInfo, NotStartedError> {
        if self.slot.status.borrow().phase == Phase::NotStarted {
            return Err(NotStartedError);
        }
        Ok(ShardInfo::of(&self.slot))
    }

    /// Returns the state of the shard's connection.
    #[must_use]
    pub fn state(&self) -> ShardState {
        self.slot.monitor.status().state()
    }

    /// Returns the heartbeat round trips of the current connection.
    #[must_use]
    pub fn latency(&self) -> Latency {
        self.slot.monitor.status().latency().clone()
    }

    /// Returns the sender of the shard as it runs now. A restart after a crash closes the sender; then call
    /// this again.
    #[must_use]
    pub fn sender(&self) -> MessageSender {
        self.slot.sender()
    }

    /// Queues a command; see [`Cluster::command`](crate::Cluster::command).
    ///
    /// # Errors
    ///
    /// Fails if the shard does not accept the command.
    #[expect(
        clippy::unused_async,
        reason = "code written for twilight-gateway 0.14 awaits it"
    )]
    pub async fn command(&self, command: &impl Command) -> Result<(), ClusterCommandError> {
        self.slot
            .sender()
            .command(command)
            .map_err(ClusterCommandError::sending)
    }

    /// Closes the shard for good and ends its session ([P19](gloaming_protocol::rules#p19)), so that the bot
    /// appears offline.
    ///
    /// It returns at once; the shard's last items come from the stream. A shard that was not started
    /// never starts.
    pub fn shutdown(&self) {
        self.slot.close(CloseFrame::NORMAL);
    }
}
