//! The published status of a shard that runs in a task.

use crate::{Latency, Shard, ShardActivity, ShardState, machine::StopReason};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::{
    fmt::{self, Display, Formatter},
    time::Instant,
};

/// What a shard that runs in a task was doing when its task last ran.
///
/// `Display` is one line. Serialized, it is a map with `state`, `latency` and `stop_reason`, a text or `null`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShardStatus {
    state: ShardState,
    latency: Latency,
    stop_reason: Option<StopReason>,
    is_without_session: bool,
    heartbeat_due: Option<Instant>,
    activity: ShardActivity,
    /// Of the shard, when this was published.
    revision: u64,
}

impl ShardStatus {
    /// The status before the task has run.
    pub(super) const fn not_running() -> Self {
        Self {
            state: ShardState::Disconnected {
                reconnect_attempts: 0,
            },
            latency: Latency::new(),
            stop_reason: None,
            is_without_session: false,
            heartbeat_due: None,
            activity: ShardActivity::new(),
            revision: 0,
        }
    }

    /// The status after the task has ended without a stop of the shard.
    pub(super) fn task_ended(&self, now: Instant) -> Self {
        let mut activity = self.activity.clone();
        activity.task_ended(now);
        Self {
            activity,
            ..Self::not_running()
        }
    }

    pub(super) fn of(shard: &Shard) -> Self {
        Self {
            state: shard.state(),
            latency: shard.latency().clone(),
            stop_reason: shard.stop_reason(),
            is_without_session: shard.session().is_none(),
            heartbeat_due: shard.heartbeat_due(),
            activity: shard.activity().clone(),
            revision: shard.revision(),
        }
    }

    /// Whether the shard still has this status. Called after each item: one comparison.
    pub(super) const fn is_current(&self, shard: &Shard) -> bool {
        self.revision == shard.revision()
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

    /// Returns when the next heartbeat is due. If that is long past, the task has not run since: something blocks its
    /// thread. `None` without a connection that has begun with HELLO.
    #[must_use]
    pub const fn heartbeat_due(&self) -> Option<Instant> {
        self.heartbeat_due
    }

    /// Returns what the shard waits for and since when, why its last connection ended, and how often that happened.
    #[must_use]
    pub const fn activity(&self) -> &ShardActivity {
        &self.activity
    }

    /// Returns whether the shard has stopped for good.
    #[must_use]
    pub const fn has_stopped(&self) -> bool {
        self.state.is_closed() || self.state.is_fatally_closed()
    }
}

impl Display for ShardStatus {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state)?;
        if self.latency.periods() > 0 {
            write!(f, ", latency {}", self.latency)?;
        }
        match self.stop_reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

impl Serialize for ShardStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("ShardStatus", 3)?;
        map.serialize_field("state", &self.state)?;
        map.serialize_field("latency", &self.latency)?;
        let stop_reason = self.stop_reason.map(|reason| reason.to_string());
        map.serialize_field("stop_reason", &stop_reason)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::{ShardStatus, StopReason};
    use crate::ShardState;

    #[test]
    fn status_is_displayed_and_serialized_in_words() {
        let mut status = ShardStatus::not_running();
        assert_eq!(status.to_string(), "disconnected");
        status.state = ShardState::Closed;
        status.stop_reason = Some(StopReason::Requested);
        assert_eq!(status.to_string(), "closed: the user requested it");
        let json = serde_json::to_value(&status).unwrap();
        assert_eq!(json["state"]["state"], "closed");
        assert_eq!(json["stop_reason"], "the user requested it");
        assert_eq!(json["latency"]["periods"], 0);
    }
}
