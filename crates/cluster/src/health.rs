//! Whether a shard does its work, computed from its published state.

use crate::state::{ExitReason, Phase};
use gloaming_queue::{Position, WaitReason};
use gloaming_shard::{Latency, ShardState, ShardStatus, machine::MIN_REPORTED_DELAY};
use serde::{Serialize, Serializer};
use std::{
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

/// How long an acknowledgement may take before [`Health::Unacknowledged`] reports it.
const SLOW_ACK: Duration = Duration::from_secs(10);

/// Whether a shard does its work, and if not, what it waits for.
///
/// `Display` is a phrase that follows "the shard is". Serialized, it is a map with the name of the variant and its
/// values, with times in milliseconds:
///
/// ```
/// use gloaming_cluster::Health;
/// use std::time::Duration;
///
/// let health = Health::Restarting { after: Duration::from_millis(700) };
/// assert_eq!(health.to_string(), "restarting in 0.7 s");
/// let json = serde_json::to_string(&health)?;
/// assert_eq!(json, r#"{"health":"restarting","after_ms":700}"#);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Health {
    /// The shard was not started.
    NotStarted,
    /// The session is established, and heartbeats are acknowledged.
    Up,
    /// A heartbeat is overdue by 2 s or more: the shard's task does not run, since something blocks the thread in which it
    /// runs, such as a handler in the same runtime. The server may end the session.
    ///
    /// Shards with a [dedicated thread](gloaming_shard::ShardRuntime::dedicated) do not depend on handlers.
    HeartbeatOverdue {
        /// The time since it was due.
        by: Duration,
    },
    /// What the shard waited for was due 2 s ago or earlier, such as the next attempt to connect: the shard's task does not
    /// run, as with [`HeartbeatOverdue`](Self::HeartbeatOverdue), but there is no session.
    Stalled {
        /// The time since it was due.
        by: Duration,
    },
    /// The buffer is full. The shard [reads ahead](gloaming_shard::ConfigBuilder::read_ahead) up to a bound, and goes on once
    /// items are taken from the stream.
    BufferFull,
    /// The session is established, but the last heartbeat is not acknowledged for 10 s or more. If it still
    /// is not when the next heartbeat is due, the shard reconnects ([P7](gloaming_protocol::rules#p7)).
    Unacknowledged {
        /// The time since that heartbeat was sent.
        since: Duration,
    },
    /// The shard is connecting, or waits before the next attempt.
    Connecting {
        /// The number of attempts that failed and connections that ended since a connection was last
        /// stable; at most 255.
        failures: u8,
    },
    /// The shard waits in the queue for permission to identify.
    AwaitingPermit(Position),
    /// The shard waits for READY. With a queue that does not report positions, it may also wait for
    /// permission to identify.
    Identifying,
    /// The shard waits for the events that it missed.
    Resuming,
    /// The shard's task panicked, and will be restarted.
    Restarting {
        /// The time until then.
        after: Duration,
    },
    /// The application [stopped](crate::ShardHandle::stop) the shard, which keeps its session until it is started again.
    Stopped,
    /// The shard does not run any more.
    Exited(ExitReason),
}

/// Whether the buffer has room for another item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Buffer {
    HasRoom,
    Full,
}

impl Health {
    pub(crate) fn compute(
        now: Instant,
        phase: Phase,
        status: &ShardStatus,
        position: Option<Position>,
        buffer: Buffer,
    ) -> Self {
        match phase {
            Phase::NotStarted => return Self::NotStarted,
            Phase::Exited(reason) => return Self::Exited(reason),
            Phase::Stopped => return Self::Stopped,
            Phase::Restarting { at } => {
                let after = at.saturating_duration_since(now);
                return Self::Restarting { after };
            }
            // Its last items may wait for room in the buffer.
            Phase::Stopping if status.state() == ShardState::Closed => return Self::Stopped,
            Phase::Running | Phase::Stopping => {}
        }
        match status.state() {
            ShardState::FatallyClosed => return Self::Exited(ExitReason::FatallyClosed),
            ShardState::Closed => return Self::Exited(ExitReason::Closed),
            _ => {}
        }
        let overdue = |due: Option<Instant>| {
            due.map(|due| now.saturating_duration_since(due))
                .filter(|by| *by >= MIN_REPORTED_DELAY)
        };
        if let Some(by) = overdue(status.heartbeat_due()) {
            return Self::HeartbeatOverdue { by };
        }
        let awaited = status.activity().awaits();
        if let Some(by) = overdue(awaited.and_then(|awaited| awaited.deadline())) {
            return Self::Stalled { by };
        }
        match status.state() {
            _ if buffer == Buffer::Full => Self::BufferFull,
            ShardState::Identifying => position.map_or(Self::Identifying, Self::AwaitingPermit),
            ShardState::Resuming => Self::Resuming,
            ShardState::Active => match unacknowledged(now, status.latency()) {
                Some(since) if since >= SLOW_ACK => Self::Unacknowledged { since },
                _ => Self::Up,
            },
            ShardState::Disconnected { reconnect_attempts } => Self::Connecting {
                failures: reconnect_attempts,
            },
            _ => Self::Connecting { failures: 0 },
        }
    }
}

impl Health {
    /// Returns the name of the variant as it is serialized, for example `"heartbeat-overdue"`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotStarted => "not-started",
            Self::Up => "up",
            Self::HeartbeatOverdue { .. } => "heartbeat-overdue",
            Self::Stalled { .. } => "stalled",
            Self::BufferFull => "buffer-full",
            Self::Unacknowledged { .. } => "unacknowledged",
            Self::Connecting { .. } => "connecting",
            Self::AwaitingPermit(_) => "awaiting-permit",
            Self::Identifying => "identifying",
            Self::Resuming => "resuming",
            Self::Restarting { .. } => "restarting",
            Self::Stopped => "stopped",
            Self::Exited(_) => "exited",
        }
    }
}

impl Display for Health {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("not started"),
            Self::Up => f.write_str("up"),
            Self::HeartbeatOverdue { by } => write!(
                f,
                "not running, with a heartbeat overdue by {:.1} s, as something blocks its thread",
                by.as_secs_f64()
            ),
            Self::Stalled { by } => write!(
                f,
                "not running, {:.1} s past its time to act, as something blocks its thread",
                by.as_secs_f64()
            ),
            Self::BufferFull => f.write_str("held up, as the buffer is full"),
            Self::Unacknowledged { since } => {
                write!(
                    f,
                    "without a heartbeat ACK for {:.1} s",
                    since.as_secs_f64()
                )
            }
            Self::Connecting { failures: 0 } => f.write_str("connecting"),
            Self::Connecting { failures: 1 } => f.write_str("connecting, after 1 failure"),
            Self::Connecting { failures } => write!(f, "connecting, after {failures} failures"),
            Self::AwaitingPermit(position) => {
                let seconds = position.estimate.as_secs_f64();
                let ahead = position.ahead;
                write!(
                    f,
                    "queued to identify, with {ahead} shards ahead and an estimated wait of {seconds:.1} s"
                )?;
                match position.reason {
                    WaitReason::Budget => f.write_str(", as the identifies of the day are used up"),
                    _ => Ok(()),
                }
            }
            Self::Identifying => f.write_str("identifying"),
            Self::Resuming => f.write_str("resuming"),
            Self::Restarting { after } => {
                write!(f, "restarting in {:.1} s", after.as_secs_f64())
            }
            Self::Stopped => f.write_str("stopped until it is started again"),
            Self::Exited(reason) => Display::fmt(reason, f),
        }
    }
}

/// [`Health`] as it is serialized.
#[derive(Serialize)]
#[serde(tag = "health", rename_all = "kebab-case")]
enum Serialized {
    NotStarted,
    Up,
    HeartbeatOverdue {
        by_ms: u64,
    },
    Stalled {
        by_ms: u64,
    },
    BufferFull,
    Unacknowledged {
        since_ms: u64,
    },
    Connecting {
        failures: u8,
    },
    AwaitingPermit {
        ahead: u32,
        estimate_ms: u64,
        reason: &'static str,
    },
    Identifying,
    Resuming,
    Restarting {
        after_ms: u64,
    },
    Stopped,
    Exited {
        reason: ExitReason,
    },
}

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let serialized = match *self {
            Self::NotStarted => Serialized::NotStarted,
            Self::Up => Serialized::Up,
            Self::HeartbeatOverdue { by } => Serialized::HeartbeatOverdue { by_ms: millis(by) },
            Self::Stalled { by } => Serialized::Stalled { by_ms: millis(by) },
            Self::BufferFull => Serialized::BufferFull,
            Self::Unacknowledged { since } => Serialized::Unacknowledged {
                since_ms: millis(since),
            },
            Self::Connecting { failures } => Serialized::Connecting { failures },
            Self::AwaitingPermit(position) => Serialized::AwaitingPermit {
                ahead: position.ahead,
                estimate_ms: millis(position.estimate),
                reason: match position.reason {
                    WaitReason::Budget => "budget",
                    _ => "concurrency",
                },
            },
            Self::Identifying => Serialized::Identifying,
            Self::Resuming => Serialized::Resuming,
            Self::Restarting { after } => Serialized::Restarting {
                after_ms: millis(after),
            },
            Self::Stopped => Serialized::Stopped,
            Self::Exited(reason) => Serialized::Exited { reason },
        };
        serialized.serialize(serializer)
    }
}

/// Returns the time since the last heartbeat, if it is not acknowledged.
fn unacknowledged(now: Instant, latency: &Latency) -> Option<Duration> {
    let sent = latency.sent()?;
    let is_pending = latency.received().is_none_or(|received| received < sent);
    is_pending.then(|| now.saturating_duration_since(sent))
}

#[cfg(test)]
mod tests {
    use super::{Buffer, Health};
    use crate::{
        clock::now,
        state::{ExitReason, Phase},
    };
    use gloaming_queue::{Position, WaitReason};
    use gloaming_shard::supervision::item_channel;
    use std::time::Duration;

    const POSITION: Position = Position {
        ahead: 2,
        estimate: Duration::from_millis(12_340),
        reason: WaitReason::Concurrency,
    };

    #[test]
    fn shard_that_stops_shows_what_its_connection_does_until_it_is_closed() {
        let (sender, _items) = item_channel(1);
        let status = sender.monitor().status();
        let health = Health::compute(now(), Phase::Stopping, &status, None, Buffer::HasRoom);
        assert_eq!(health, Health::Connecting { failures: 0 });
    }

    #[test]
    fn health_is_serialized_by_name() {
        let since = Duration::from_millis(12_340);
        for (health, json) in [
            (Health::NotStarted, r#"{"health":"not-started"}"#),
            (Health::Stopped, r#"{"health":"stopped"}"#),
            (Health::BufferFull, r#"{"health":"buffer-full"}"#),
            (
                Health::HeartbeatOverdue { by: since },
                r#"{"health":"heartbeat-overdue","by_ms":12340}"#,
            ),
            (
                Health::Stalled { by: since },
                r#"{"health":"stalled","by_ms":12340}"#,
            ),
            (
                Health::Unacknowledged { since },
                r#"{"health":"unacknowledged","since_ms":12340}"#,
            ),
            (
                Health::Connecting { failures: 3 },
                r#"{"health":"connecting","failures":3}"#,
            ),
            (
                Health::AwaitingPermit(POSITION),
                r#"{"health":"awaiting-permit","ahead":2,"estimate_ms":12340,"reason":"concurrency"}"#,
            ),
            (
                Health::AwaitingPermit(Position {
                    reason: WaitReason::Budget,
                    ..POSITION
                }),
                r#"{"health":"awaiting-permit","ahead":2,"estimate_ms":12340,"reason":"budget"}"#,
            ),
            (
                Health::Exited(ExitReason::PeerRefused),
                r#"{"health":"exited","reason":"peer-refused"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&health).unwrap(), json);
            assert!(json.contains(health.name()), "{health:?}");
        }
    }

    #[test]
    fn health_is_displayed_in_plain_words() {
        let since = Duration::from_millis(12_340);
        let after = Duration::from_millis(700);
        for (health, text) in [
            (Health::Up, "up"),
            (
                Health::HeartbeatOverdue { by: since },
                "not running, with a heartbeat overdue by 12.3 s, as something blocks its thread",
            ),
            (
                Health::Stalled { by: since },
                "not running, 12.3 s past its time to act, as something blocks its thread",
            ),
            (
                Health::Unacknowledged { since },
                "without a heartbeat ACK for 12.3 s",
            ),
            (
                Health::Connecting { failures: 3 },
                "connecting, after 3 failures",
            ),
            (
                Health::Connecting { failures: 1 },
                "connecting, after 1 failure",
            ),
            (Health::Connecting { failures: 0 }, "connecting"),
            (
                Health::AwaitingPermit(POSITION),
                "queued to identify, with 2 shards ahead and an estimated wait of 12.3 s",
            ),
            (
                Health::AwaitingPermit(Position {
                    reason: WaitReason::Budget,
                    ..POSITION
                }),
                "queued to identify, with 2 shards ahead and an estimated wait of 12.3 s, as the \
                 identifies of the day are used up",
            ),
            (Health::Restarting { after }, "restarting in 0.7 s"),
            (Health::Stopped, "stopped until it is started again"),
            (
                Health::Exited(ExitReason::Crashed),
                "ended by a panic and not restarted",
            ),
        ] {
            assert_eq!(health.to_string(), text);
        }
    }
}
