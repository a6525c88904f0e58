//! What an orchestrator asks.

use super::{Affected, HealthPolicy, HealthReason, HealthReasonKind as Kind, Rank};
use crate::{ExitReason, Health, ShardInfo};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::time::Duration;

/// How old a measured lag may be to count.
const RECENT: Duration = Duration::from_secs(60);

/// Whether events flow from all shards.
///
/// Shards that the application closed or stopped do not count, unless it did so with all. A shard that reconnects counts as down only after
/// [`HealthPolicy::down_after`], since it gets the events that it missed; before its first session it counts at once.
///
/// Use it to route work to a bot that can do it, or to continue a rolling update. Do not restart the process for it: a shard
/// that waits for Discord waits as well after a restart, and each start costs an identify.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Readiness {
    /// Events flow from all shards.
    Ready,
    /// Events do not flow from all shards, for this reason.
    NotReady(HealthReason),
}

/// Whether the process works, or a restart would help it.
///
/// A restart helps if
///
/// - something blocks the thread of a shard for [`HealthPolicy::blocked_after`] or longer,
/// - the consumer takes nothing from a full buffer for [`HealthPolicy::stuck_after`] or longer, or
/// - a shard crashed too often for the [`RestartPolicy`](crate::RestartPolicy), or its tokio runtime has ended.
///
/// A restart does not help, and the process counts as live, while shards connect, wait for permits or are resumed, however
/// long that takes, and after Discord refused the bot: the next process is refused as well, until the bot's owner changes
/// something, and each attempt costs an identify of the day. [`Readiness`] says so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Liveness {
    /// The process works, or a restart would not help.
    Live,
    /// A restart of the process helps, for this reason.
    NotLive(HealthReason),
}

impl Readiness {
    pub(super) fn compute(shards: &[ShardInfo], policy: &HealthPolicy) -> Self {
        let HealthPolicy {
            down_after,
            max_event_lag,
            max_unacknowledged,
            ..
        } = *policy;
        let down = |info: &ShardInfo| match (Rank::of(info.health()), info.was_up()) {
            (Rank::Recovering, true) => info.down_for(),
            _ => None,
        };
        let starting = |info: &ShardInfo| match (Rank::of(info.health()), info.was_up()) {
            (Rank::Recovering, false) => Some(info.down_for().unwrap_or_default()),
            _ => None,
        };
        let lag = |info: &ShardInfo| {
            let lag = info.event_lag().filter(|lag| lag.age <= RECENT)?.lag;
            max_event_lag.filter(|max| lag > *max).map(|_| lag)
        };
        let unacknowledged = |info: &ShardInfo| {
            let time = info.unacknowledged_for()?;
            max_unacknowledged.filter(|max| time > *max).map(|_| time)
        };
        let is_closed = |info: &ShardInfo| Rank::of(info.health()) == Rank::Closed;
        let all_closed = |info: &ShardInfo| {
            (is_closed(info) && shards.iter().all(is_closed)).then_some(Duration::ZERO)
        };
        // The worst first.
        let reason = first_reason([
            (Kind::Failed, Affected::of(shards, failed)),
            (Kind::Ended, Affected::of(shards, ended)),
            (
                Kind::Blocked,
                Affected::of(shards, |info| blocked(info).filter(|by| *by >= down_after)),
            ),
            (
                Kind::Down,
                Affected::of(shards, |info| down(info).filter(|by| *by >= down_after)),
            ),
            (Kind::Starting, Affected::of(shards, starting)),
            (Kind::NotStarted, Affected::of(shards, not_started)),
            (
                Kind::ConsumerStuck,
                Affected::of(shards, |info| stuck(info).filter(|by| *by >= down_after)),
            ),
            (Kind::Lagging, Affected::of(shards, lag)),
            (Kind::Unacknowledged, Affected::of(shards, unacknowledged)),
            (Kind::Closed, Affected::of(shards, all_closed)),
        ]);
        reason.map_or(Self::Ready, Self::NotReady)
    }

    /// Returns whether events flow from all shards.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }

    /// Returns why not, if they do not.
    #[must_use]
    pub const fn reason(&self) -> Option<&HealthReason> {
        match self {
            Self::Ready => None,
            Self::NotReady(reason) => Some(reason),
        }
    }
}

impl Liveness {
    pub(super) fn compute(shards: &[ShardInfo], policy: &HealthPolicy) -> Self {
        let HealthPolicy {
            blocked_after,
            stuck_after,
            ..
        } = *policy;
        let reason = first_reason([
            (Kind::Failed, Affected::of(shards, failed)),
            (
                Kind::Blocked,
                Affected::of(shards, |info| {
                    blocked(info).filter(|by| *by >= blocked_after)
                }),
            ),
            (
                Kind::ConsumerStuck,
                Affected::of(shards, |info| stuck(info).filter(|by| *by >= stuck_after)),
            ),
        ]);
        reason.map_or(Self::Live, Self::NotLive)
    }

    /// Returns whether the process works, or a restart would not help.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// Returns why a restart helps, if it does.
    #[must_use]
    pub const fn reason(&self) -> Option<&HealthReason> {
        match self {
            Self::Live => None,
            Self::NotLive(reason) => Some(reason),
        }
    }
}

fn first_reason<'a>(
    reasons: impl IntoIterator<Item = (Kind, Option<Affected<'a>>)>,
) -> Option<HealthReason> {
    (reasons.into_iter()).find_map(|(kind, affected)| Some(HealthReason::new(kind, affected?)))
}

/// Stopped for a reason that a restart removes.
fn failed(info: &ShardInfo) -> Option<Duration> {
    let is_failed = matches!(
        info.health(),
        Health::Exited(ExitReason::Crashed | ExitReason::RuntimeShutDown)
    );
    is_failed.then(|| info.down_for().unwrap_or_default())
}

/// Stopped for any other reason than the application's wish.
fn ended(info: &ShardInfo) -> Option<Duration> {
    let is_stopped = Rank::of(info.health()) == Rank::Failed && failed(info).is_none();
    is_stopped.then(|| info.down_for().unwrap_or_default())
}

const fn not_started(info: &ShardInfo) -> Option<Duration> {
    match info.health() {
        Health::NotStarted => Some(Duration::ZERO),
        _ => None,
    }
}

const fn blocked(info: &ShardInfo) -> Option<Duration> {
    match info.health() {
        Health::HeartbeatOverdue { by } | Health::Stalled { by } => Some(by),
        _ => None,
    }
}

fn stuck(info: &ShardInfo) -> Option<Duration> {
    info.buffer().untouched_for
}

impl Serialize for Readiness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Readiness", 2)?;
        map.serialize_field("ready", &self.is_ready())?;
        map.serialize_field("reason", &self.reason())?;
        map.end()
    }
}

impl Serialize for Liveness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Liveness", 2)?;
        map.serialize_field("live", &self.is_live())?;
        map.serialize_field("reason", &self.reason())?;
        map.end()
    }
}
