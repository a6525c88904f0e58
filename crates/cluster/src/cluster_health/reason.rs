//! Why a cluster is not ready or not live.

use super::{Affected, ShardSentence};
use crate::{ShardInfo, info::Span};
use gloaming_protocol::ShardId;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// Why a cluster is not [ready](crate::Readiness) or not [live](crate::Liveness).
///
/// `Display` is a sentence that names the worst shard. Serialized, it is a map with `kind`, `shards` (how many), `shard` (the
/// number of the worst) and `text`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HealthReason {
    kind: HealthReasonKind,
    shards: usize,
    total: usize,
    worst: ShardId,
    text: Box<str>,
}

/// The kind of a [`HealthReason`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HealthReasonKind {
    /// Shards were not started.
    NotStarted,
    /// Shards have not had a session since the start.
    Starting,
    /// Shards have been without a session for longer than [`down_after`](crate::HealthPolicy::down_after).
    Down,
    /// The threads of shards are blocked, for longer than [`down_after`](crate::HealthPolicy::down_after) or
    /// [`blocked_after`](crate::HealthPolicy::blocked_after).
    Blocked,
    /// Buffers are full and the consumer takes nothing, for longer than [`down_after`](crate::HealthPolicy::down_after) or
    /// [`stuck_after`](crate::HealthPolicy::stuck_after).
    ConsumerStuck,
    /// Events take longer than [`max_event_lag`](crate::HealthPolicy::max_event_lag).
    Lagging,
    /// The consumer does not acknowledge events for longer than
    /// [`max_unacknowledged`](crate::HealthPolicy::max_unacknowledged).
    Unacknowledged,
    /// The application closed or stopped all shards.
    Closed,
    /// Shards stopped for good, and a restart of the process would not help: Discord refuses the bot, or the application
    /// dropped the stream of items.
    Ended,
    /// Shards stopped for good, and run again if the process is restarted: they crashed too often for the
    /// [`RestartPolicy`](crate::RestartPolicy), or their runtime was shut down.
    Failed,
}

impl HealthReason {
    pub(super) fn new(kind: HealthReasonKind, affected: Affected<'_>) -> Self {
        Self {
            kind,
            shards: affected.count,
            total: affected.total,
            worst: affected.id(),
            text: kind.sentence(affected.worst).into(),
        }
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> HealthReasonKind {
        self.kind
    }

    /// Returns the number of shards that the reason is about.
    #[must_use]
    pub const fn shards(&self) -> usize {
        self.shards
    }

    /// Returns the shard that is worst.
    #[must_use]
    pub const fn worst(&self) -> ShardId {
        self.worst
    }
}

impl HealthReasonKind {
    /// A sentence about the worst shard, with the figure that its state does not show.
    fn sentence(self, worst: &ShardInfo) -> String {
        let shard = ShardSentence(worst);
        let (lag, unacknowledged) = (worst.event_lag(), worst.unacknowledged_for());
        match self {
            Self::Lagging => {
                let lag = Span(lag.map_or(Duration::ZERO, |lag| lag.lag));
                format!("{shard}, and an event took {lag} to the consumer")
            }
            Self::Unacknowledged => {
                let time = Span(unacknowledged.unwrap_or_default());
                let more = match worst.unacknowledged_events() {
                    0 | 1 => String::new(),
                    events => format!(", of {events} that are not acknowledged"),
                };
                format!("{shard}, and the consumer has had an event for {time}{more}")
            }
            _ => shard.to_string(),
        }
    }

    /// Whether the shards that it is about may be up.
    pub(super) const fn is_of_shards_that_are_up(self) -> bool {
        matches!(self, Self::Lagging | Self::Unacknowledged)
    }

    /// A phrase that follows "2 of 64 shards".
    const fn phrase(self) -> &'static str {
        match self {
            Self::NotStarted => "were not started",
            Self::Starting => "have not had a session yet",
            Self::Down => "are without a session",
            Self::Blocked => "do not run, as something blocks their thread",
            Self::ConsumerStuck => "wait for the consumer",
            Self::Lagging => "deliver events late",
            Self::Unacknowledged => "have events that were not acknowledged in time",
            Self::Closed => "were closed or stopped by the application",
            Self::Ended => "stopped for good",
            Self::Failed => "stopped, and need a restart of the process",
        }
    }
}

impl Display for HealthReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            shards,
            total,
            text,
            ..
        } = self;
        write!(f, "{shards} of {total} shards {}: {text}", kind.phrase())
    }
}

impl Serialize for HealthReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("HealthReason", 4)?;
        map.serialize_field("kind", &self.kind)?;
        map.serialize_field("shards", &self.shards)?;
        map.serialize_field("shard", &self.worst.number())?;
        map.serialize_field("text", &self.to_string())?;
        map.end()
    }
}
