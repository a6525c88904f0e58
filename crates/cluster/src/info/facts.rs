//! The parts of a snapshot, relative to its time.

use gloaming_shard::{
    Disconnect, ShardStatus,
    machine::DisconnectCause,
    supervision::{EventLag, ShardMonitor},
};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::{
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

use super::millis;

/// Whether a session was up at any time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum WasUp {
    Never,
    Once,
}

/// Whether the application lets shards identify.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Gate {
    Open,
    Paused,
}

/// How long ago things happened. `None` if they did not, or are over.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Ages {
    pub(crate) uptime: Option<Duration>,
    pub(crate) state: Option<Duration>,
    pub(crate) up: Option<Duration>,
    pub(crate) down: Option<Duration>,
    pub(crate) session: Option<Duration>,
    /// For how long the shard has waited for what it waits for.
    pub(crate) wait: Option<Duration>,
    pub(crate) last_frame: Option<Duration>,
    pub(crate) last_ack: Option<Duration>,
}

impl Ages {
    pub(super) fn of(now: Instant, monitor: &ShardMonitor, status: &ShardStatus) -> Self {
        let age = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
        let activity = status.activity();
        Self {
            uptime: age(activity.started()),
            state: age(activity.state_since()),
            up: age(activity.up_since()),
            down: age(activity.down_since()),
            session: age(activity.session_since()),
            wait: age(activity.awaits_since()),
            last_frame: age(monitor.last_frame()),
            last_ack: age(status.latency().received()),
        }
    }
}

/// The last end of a connection, or of an attempt to open one.
///
/// `Display` is the cause as a phrase that follows "as", for example `the resume host refuses with HTTP status 503`. What
/// the server sent is an excerpt of it. Serialized, it is a map with `cause`, `ago_ms` and `text`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LastDisconnect {
    pub(crate) ago: Duration,
    pub(crate) cause: DisconnectCause,
    pub(crate) text: Box<str>,
}

impl LastDisconnect {
    pub(super) fn of(now: Instant, last: &Disconnect) -> Self {
        Self {
            ago: now.saturating_duration_since(last.at()),
            cause: last.cause(),
            text: last.to_string().into(),
        }
    }

    /// Returns how long ago that was.
    #[must_use]
    pub const fn ago(&self) -> Duration {
        self.ago
    }

    /// Returns the cause.
    #[must_use]
    pub const fn cause(&self) -> DisconnectCause {
        self.cause
    }
}

impl Display for LastDisconnect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for LastDisconnect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("LastDisconnect", 3)?;
        map.serialize_field("cause", self.cause.name())?;
        map.serialize_field("ago_ms", &millis(self.ago))?;
        map.serialize_field("text", &self.text)?;
        map.end()
    }
}

/// How full the buffer of a shard is.
///
/// Serialized, it is a map with these fields, with the time in milliseconds (`untouched_for_ms`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BufferFill {
    /// The number of items.
    pub items: u64,
    /// The number of items for which it has room.
    pub max_items: u64,
    /// The bytes that the items hold, as [estimated](gloaming_shard::supervision::ByteBudget).
    pub bytes: u64,
    /// The bytes from which on there is no room. The buffers of all shards together have a limit, too.
    pub max_bytes: u64,
    /// The bytes that the shard has [read ahead](gloaming_shard::ConfigBuilder::read_ahead), for which there is no room yet.
    pub read_ahead_bytes: u64,
    /// For how long there has been no room and the consumer has taken nothing. `None` while there is room.
    pub untouched_for: Option<Duration>,
}

impl BufferFill {
    pub(super) fn of(now: Instant, monitor: &ShardMonitor, capacity: usize) -> Self {
        let (bytes, max_bytes) = monitor.buffered_bytes();
        let since = monitor.untouched_since();
        Self {
            items: monitor.buffered_items(),
            max_items: capacity as u64,
            bytes: bytes as u64,
            max_bytes: max_bytes as u64,
            read_ahead_bytes: monitor.read_ahead_bytes() as u64,
            untouched_for: since.map(|since| now.saturating_duration_since(since)),
        }
    }
}

impl Serialize for BufferFill {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("BufferFill", 6)?;
        map.serialize_field("items", &self.items)?;
        map.serialize_field("max_items", &self.max_items)?;
        map.serialize_field("bytes", &self.bytes)?;
        map.serialize_field("max_bytes", &self.max_bytes)?;
        map.serialize_field("read_ahead_bytes", &self.read_ahead_bytes)?;
        map.serialize_field("untouched_for_ms", &self.untouched_for.map(millis))?;
        map.end()
    }
}

/// How long a recent event took from Discord to the consumer.
///
/// Measured are messages and interactions, whose ids contain the time of their creation: the first after each time that the
/// consumer waited, and one in 64. Events that are replayed after a reconnect are measured, too. Both clocks matter: that of
/// this machine should follow a time server. Serialized, it is a map with `lag_ms` and `age_ms`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MeasuredLag {
    /// The time from the creation to the delivery.
    pub lag: Duration,
    /// How long ago that was measured.
    pub age: Duration,
}

impl MeasuredLag {
    pub(super) fn of(now: Instant, measured: EventLag) -> Self {
        Self {
            lag: measured.lag,
            age: now.saturating_duration_since(measured.measured),
        }
    }
}

impl Serialize for MeasuredLag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("MeasuredLag", 2)?;
        map.serialize_field("lag_ms", &millis(self.lag))?;
        map.serialize_field("age_ms", &millis(self.age))?;
        map.end()
    }
}
