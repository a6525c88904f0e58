//! One shard of a cluster.

use crate::{
    ClusterCommandError, ClusterSendError, Information, SessionInactiveError, Startup,
    config::Settings,
    slot::{Phase, Slot},
};
use gloaming_protocol::{CloseFrame, Command, ShardId};
use gloaming_shard::{Config, Latency, Message, MessageSender, ShardState};
use std::sync::Arc;

/// One shard of a cluster: a handle, cheap to clone.
///
/// It outlives restarts of the shard; a [`sender`](Self::sender) does not.
#[derive(Clone, Debug)]
pub struct ShardHandle {
    pub(crate) slot: Arc<Slot>,
    pub(crate) settings: Settings,
}

impl ShardHandle {
    /// The shard's id.
    #[must_use]
    pub fn id(&self) -> ShardId {
        self.slot.id
    }

    /// The shard's configuration, its session apart.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.slot.config
    }

    /// Starts the shard alone; [`Cluster::up`](crate::Cluster::up) starts all.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as `tokio::spawn` does.
    pub fn start(&self) -> Startup {
        self.slot.start(&self.settings)
    }

    /// How the shard is doing.
    ///
    /// # Errors
    ///
    /// It was never started.
    pub fn info(&self) -> Result<Information, SessionInactiveError> {
        if self.slot.progress.borrow().phase == Phase::NotStarted {
            return Err(SessionInactiveError);
        }
        Ok(Information::of(&self.slot, self.settings.buffer))
    }

    /// What the shard is doing.
    #[must_use]
    pub fn state(&self) -> ShardState {
        self.slot.monitor.status().state()
    }

    /// Heartbeat round trips of the current connection.
    #[must_use]
    pub fn latency(&self) -> Latency {
        self.slot.monitor.status().latency().clone()
    }

    /// The sender of the shard that runs now; a restart after a crash closes it.
    #[must_use]
    pub fn sender(&self) -> MessageSender {
        self.slot.sender()
    }

    /// Queues a command; see [`Cluster::command`](crate::Cluster::command).
    ///
    /// # Errors
    ///
    /// The shard does not take it.
    #[expect(
        clippy::unused_async,
        reason = "as code written for twilight-gateway 0.14 awaits it"
    )]
    pub async fn command(&self, command: &impl Command) -> Result<(), ClusterCommandError> {
        self.slot
            .sender()
            .command(command)
            .map_err(ClusterCommandError::sending)
    }

    /// Queues a message; see [`Cluster::send`](crate::Cluster::send).
    ///
    /// # Errors
    ///
    /// The shard does not take it.
    #[expect(
        clippy::unused_async,
        reason = "as code written for twilight-gateway 0.14 awaits it"
    )]
    pub async fn send(&self, message: Message) -> Result<(), ClusterSendError> {
        let sender = self.slot.sender();
        match message {
            Message::Text(json) => sender.send(json),
            Message::Close(_) => sender.reconnect(),
        }
        .map_err(ClusterSendError::sending)
    }

    /// Closes the shard for good, and ends its session (P19).
    pub fn shutdown(&self) {
        self.slot.close(CloseFrame::NORMAL);
    }
}
