//! The published status of a shard that runs in a task.

use crate::{Latency, Shard, ShardState, machine::StopReason};

/// What a shard that runs in a task was doing when its task last ran.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShardStatus {
    state: ShardState,
    latency: Latency,
    stop_reason: Option<StopReason>,
    is_without_session: bool,
}

impl ShardStatus {
    /// The status before the task has run, or after a crash.
    pub(super) const fn not_running() -> Self {
        Self {
            state: ShardState::Disconnected {
                reconnect_attempts: 0,
            },
            latency: Latency::new(),
            stop_reason: None,
            is_without_session: false,
        }
    }

    pub(super) fn of(shard: &Shard) -> Self {
        Self {
            state: shard.state(),
            latency: shard.latency().clone(),
            stop_reason: shard.stop_reason(),
            is_without_session: shard.session().is_none(),
        }
    }

    /// Whether the shard still has this status. Cheap enough to call after each item.
    pub(super) fn is_current(&self, shard: &Shard) -> bool {
        let latency = shard.latency();
        self.state == shard.state()
            && self.is_without_session == shard.session().is_none()
            && self.latency.sent() == latency.sent()
            && self.latency.received() == latency.received()
    }

    /// Returns the state of the shard.
    #[must_use]
    pub const fn state(&self) -> ShardState {
        self.state
    }

    /// Returns the heartbeat round trips of the current connection.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        &self.latency
    }

    /// Returns why the shard has stopped for good, if it has.
    #[must_use]
    pub const fn stop_reason(&self) -> Option<StopReason> {
        self.stop_reason
    }

    /// Returns whether the shard is known to have no session, so that it has to identify next, if it has not
    /// already. False before the task has run, and after a crash.
    #[must_use]
    pub const fn is_without_session(&self) -> bool {
        self.is_without_session
    }

    /// Returns whether the shard has stopped for good.
    #[must_use]
    pub const fn has_stopped(&self) -> bool {
        self.state.is_closed() || self.state.is_fatally_closed()
    }
}
