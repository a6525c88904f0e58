//! A handle to one shard of a cluster.

use crate::{
    ClusterCommandError, NotStartedError, ShardInfo, StartOutcome,
    members::ShardGroup,
    slot::{Change, Slot, StopOutcome},
    state::Phase,
    supervisor,
};
use gloaming_protocol::{CloseFrame, Command, ShardId};
use gloaming_shard::{Config, FlightRecord, Latency, MessageSender, ShardState};
use std::sync::Arc;

/// A handle to one shard of a cluster; made by [`Cluster::shard`](crate::Cluster::shard).
///
/// Cheap to clone. It stays valid over restarts of the shard, and after the shard was
/// [removed](crate::Cluster::remove_shard), but a [`sender`](Self::sender) does not.
#[derive(Clone, Debug)]
pub struct ShardHandle {
    pub(crate) slot: Arc<Slot>,
    pub(crate) group: Arc<ShardGroup>,
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

    /// Starts this shard only; [`Cluster::up`](crate::Cluster::up) starts all. A shard that was [stopped](Self::stop) is
    /// started again, and resumes its session.
    ///
    /// # Panics
    ///
    /// As [`Cluster::up`](crate::Cluster::up) does.
    pub fn start(&self) -> StartOutcome {
        let group = &self.group;
        let outcome = supervisor::start(&self.slot, &group.peers, group.settings, &group.runtime);
        if let (Some(checkpoints), StartOutcome::Started) = (&group.checkpoints, outcome) {
            checkpoints.start(&group.runtime, self.id());
        }
        match (outcome, self.slot.start_again()) {
            (StartOutcome::AlreadyStarted, Change::Made) => StartOutcome::Started,
            (outcome, _) => outcome,
        }
    }

    /// Closes the shard's connection until it is [started](Self::start) again, and keeps its session for as long as Discord
    /// does, some minutes. Its buffered items can still be taken.
    ///
    /// It returns at once, and [`info`](Self::info) says [`Health::Stopped`](crate::Health::Stopped) when the shard has
    /// stopped. A shard that is closed while it is stopped, by [`shutdown`](Self::shutdown) or with the cluster, does not
    /// start again. Its session can't be ended then, since that needs a connection: the bot appears online until Discord
    /// gives the session up.
    pub fn stop(&self) -> StopOutcome {
        self.slot.stop()
    }

    /// Stops the shard, waits until it has stopped, and starts it again: it reconnects and resumes its session. Returns
    /// [`NotRunning`](StopOutcome::NotRunning) if it did not run; then nothing changes.
    ///
    /// ```no_run
    /// # async fn example(cluster: gloaming_cluster::Cluster) -> Option<()> {
    /// let outcome = cluster.shard(3)?.restart().await;
    /// println!("{outcome:?}");
    /// # Some(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the shard may stay stopped. [Start](Self::start) it then.
    pub async fn restart(&self) -> StopOutcome {
        let outcome = self.stop();
        if outcome == StopOutcome::Stopping {
            self.slot.has_stopped().await;
            self.start();
        }
        outcome
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

    /// Returns the last frames that the shard received and sent, over all restarts, for a diagnosis. They have no secrets and
    /// no data of users; see [`ConfigBuilder::flight_recorder`](gloaming_shard::ConfigBuilder::flight_recorder).
    #[must_use]
    pub fn flight_record(&self) -> FlightRecord {
        self.slot.monitor.flight_record()
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
