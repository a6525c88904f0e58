//! What a shard in a task tells of itself.

use crate::{Latency, Shard, ShardState};

/// What a shard in a task of its own is doing, as of the last time that it did something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShardStatus {
    pub(super) state: ShardState,
    pub(super) latency: Latency,
}

impl ShardStatus {
    /// Before it was ever polled, or after a crash.
    pub(super) const fn away() -> Self {
        Self {
            state: ShardState::Disconnected {
                reconnect_attempts: 0,
            },
            latency: Latency::new(),
        }
    }

    pub(super) fn of(shard: &Shard) -> Self {
        Self {
            state: shard.state(),
            latency: shard.latency().clone(),
        }
    }

    /// Whether the shard's status is still this one: cheap enough to ask after each item.
    pub(super) fn is_current(&self, shard: &Shard) -> bool {
        let latency = shard.latency();
        self.state == shard.state()
            && self.latency.sent() == latency.sent()
            && self.latency.received() == latency.received()
    }

    /// What the shard is doing.
    #[must_use]
    pub const fn state(&self) -> ShardState {
        self.state
    }

    /// Heartbeat round trips of the current connection.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        &self.latency
    }

    /// Whether the shard has stopped for good.
    #[must_use]
    pub const fn has_stopped(&self) -> bool {
        self.state.is_closed() || self.state.is_fatally_closed()
    }
}
