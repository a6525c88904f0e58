//! The health of all shards together.

mod policy;
mod probes;
mod reason;

pub use self::{
    policy::HealthPolicy,
    probes::{Liveness, Readiness},
    reason::{HealthReason, HealthReasonKind},
};

use crate::{ExitReason, Health, ShardInfo, info::millis, reshard::ReshardProgress};
use gloaming_protocol::ShardId;
use gloaming_queue::QueueBudget;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// The health of a cluster at one time; made by [`Cluster::health`](crate::Cluster::health).
///
/// `Display` is one sentence with the worst that there is: `2 of 64 shards are down: shard 17 is connecting for 41 s, as the
/// resume host refuses with HTTP status 503; it waits for the next attempt on the main host, in 2.1 s, attempt 3`. If all shards
/// are up, but events take longer than the [policy](HealthPolicy) allows, it is that reason.
///
/// Serialized, it is a map without secrets, for a status page or the endpoints of an orchestrator:
///
/// ```text
/// {"summary":"all 2 shards are up","readiness":{"ready":true,"reason":null},"liveness":{"live":true,"reason":null},
///  "total":2,"up":2,"down":0,"counts":{"up":2},
///  "identify_budget":{"remaining":998,"total":1000,"reserve":10,"resets_in_ms":86380000},
///  "resharding":null,"shards":[…]}
/// ```
///
/// ```no_run
/// use gloaming_cluster::{Cluster, Liveness, Readiness};
///
/// # fn example(cluster: &Cluster) {
/// let health = cluster.health();
/// println!("{health}");
/// if let Readiness::NotReady(reason) = health.readiness() {
///     println!("not ready: {reason}");
/// }
/// if let Liveness::NotLive(reason) = health.liveness() {
///     println!("restart this process: {reason}");
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ClusterHealth {
    shards: Vec<ShardInfo>,
    identify_budget: Option<QueueBudget>,
    readiness: Readiness,
    liveness: Liveness,
    resharding: Option<ReshardProgress>,
}

/// How bad the state of a shard is. Later is worse.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    Up,
    /// Closed or stopped by the application.
    Closed,
    /// The session is up, but the shard does not read, or the server does not answer.
    Slow,
    NotStarted,
    Recovering,
    /// Something blocks its thread.
    Blocked,
    /// It does not run any more.
    Failed,
}

impl Rank {
    const fn of(health: Health) -> Self {
        match health {
            Health::Up => Self::Up,
            Health::Exited(ExitReason::Closed) | Health::Stopped => Self::Closed,
            Health::BufferFull | Health::Unacknowledged { .. } => Self::Slow,
            Health::NotStarted => Self::NotStarted,
            Health::Connecting { .. }
            | Health::AwaitingPermit(_)
            | Health::Identifying
            | Health::Resuming
            | Health::Restarting { .. } => Self::Recovering,
            Health::HeartbeatOverdue { .. } | Health::Stalled { .. } => Self::Blocked,
            Health::Exited(_) => Self::Failed,
        }
    }
}

impl ClusterHealth {
    pub(crate) fn compute(
        shards: Vec<ShardInfo>,
        identify_budget: Option<QueueBudget>,
        policy: &HealthPolicy,
    ) -> Self {
        Self {
            readiness: Readiness::compute(&shards, policy),
            liveness: Liveness::compute(&shards, policy),
            shards,
            identify_budget,
            resharding: None,
        }
    }

    pub(crate) const fn with_resharding(mut self, progress: Option<ReshardProgress>) -> Self {
        self.resharding = progress;
        self
    }

    /// Returns how far the [switch](crate::Cluster::reshard) to another number of shards is, if there is one. The other
    /// figures are those of the old set until the new one takes its place.
    #[must_use]
    pub const fn resharding(&self) -> Option<ReshardProgress> {
        self.resharding
    }

    /// Returns a snapshot of each shard, in the order of their numbers.
    #[must_use]
    pub fn shards(&self) -> &[ShardInfo] {
        &self.shards
    }

    /// Returns the snapshot of this shard.
    #[must_use]
    pub fn shard(&self, number: u32) -> Option<&ShardInfo> {
        self.shards.iter().find(|info| info.id().number() == number)
    }

    /// Returns the number of shards of each health, by its [name](Health::name).
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for info in &self.shards {
            *counts.entry(info.health().name()).or_default() += 1;
        }
        counts
    }

    /// Returns the number of shards whose session is up and whose task runs.
    #[must_use]
    pub fn up(&self) -> usize {
        self.count(|rank| matches!(rank, Rank::Up | Rank::Slow))
    }

    /// Returns the number of shards that are not [up](Self::up), and that the application did not close or stop.
    #[must_use]
    pub fn down(&self) -> usize {
        self.count(|rank| rank >= Rank::NotStarted)
    }

    /// Returns the shard that is worst: one that does not run any more, then one whose thread is blocked, then the one that
    /// is down for longest. `None` if all are [up](Health::Up) or were closed or stopped by the application.
    #[must_use]
    pub fn worst(&self) -> Option<&ShardInfo> {
        let rank = |info: &ShardInfo| Rank::of(info.health());
        // The first of several that are equal.
        let worst = (self.shards.iter().rev()).max_by_key(|info| (rank(info), info.down_for()));
        worst.filter(|info| rank(info) >= Rank::Slow)
    }

    /// Returns whether events flow from all shards.
    #[must_use]
    pub const fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Returns whether the process works, or a restart would help it.
    #[must_use]
    pub const fn liveness(&self) -> &Liveness {
        &self.liveness
    }

    /// Returns how many identifies are left of the day, if the queue knows it. Of shards with queues of their own, that of
    /// the first.
    #[must_use]
    pub const fn identify_budget(&self) -> Option<QueueBudget> {
        self.identify_budget
    }

    fn count(&self, is_counted: impl Fn(Rank) -> bool) -> usize {
        let ranks = self.shards.iter().map(|info| Rank::of(info.health()));
        ranks.filter(|rank| is_counted(*rank)).count()
    }
}

impl Display for ClusterHealth {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.fmt_shards(f)?;
        match &self.resharding {
            Some(progress) => write!(f, "; {progress}"),
            None => Ok(()),
        }
    }
}

impl ClusterHealth {
    fn fmt_shards(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let total = self.shards.len();
        let Some(worst) = self.worst() else {
            if let Some(reason) = self.readiness.reason()
                && reason.kind().is_of_shards_that_are_up()
            {
                return Display::fmt(reason, f);
            }
            let closed = self.count(|rank| rank == Rank::Closed);
            return match (total, closed) {
                (0, _) => f.write_str("there are no shards"),
                (1, _) => write!(f, "the shard is {}", self.shards[0].health()),
                (_, 0) => write!(f, "all {total} shards are up"),
                _ if closed == total => write!(f, "all {total} shards are closed"),
                _ => write!(
                    f,
                    "{} of {total} shards are up, the others are closed",
                    total - closed
                ),
            };
        };
        let down = self.down();
        let (count, what) = match down {
            0 => (self.count(|rank| rank == Rank::Slow), "slow"),
            _ => (down, "down"),
        };
        let are = if count == 1 { "is" } else { "are" };
        write!(
            f,
            "{count} of {total} shards {are} {what}: {}",
            ShardSentence(worst)
        )
    }
}

/// A clause about one shard.
struct ShardSentence<'a>(&'a ShardInfo);

impl Display for ShardSentence<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let info = self.0;
        write!(f, "shard {} is {}", info.id().number(), info.predicate())
    }
}

impl Serialize for ClusterHealth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("ClusterHealth", 10)?;
        map.serialize_field("summary", &self.to_string())?;
        map.serialize_field("readiness", &self.readiness)?;
        map.serialize_field("liveness", &self.liveness)?;
        map.serialize_field("total", &self.shards.len())?;
        map.serialize_field("up", &self.up())?;
        map.serialize_field("down", &self.down())?;
        map.serialize_field("counts", &self.counts())?;
        let budget = self.identify_budget.map(SerializedBudget::from);
        map.serialize_field("identify_budget", &budget)?;
        map.serialize_field("resharding", &self.resharding)?;
        map.serialize_field("shards", &self.shards)?;
        map.end()
    }
}

#[derive(Serialize)]
struct SerializedBudget {
    remaining: u32,
    total: u32,
    reserve: u32,
    resets_in_ms: Option<u64>,
}

impl From<QueueBudget> for SerializedBudget {
    fn from(budget: QueueBudget) -> Self {
        Self {
            remaining: budget.remaining,
            total: budget.total,
            reserve: budget.reserve,
            resets_in_ms: budget.resets_in.map(millis),
        }
    }
}

/// The shards to which a reason applies: how many, and the worst of them.
#[derive(Clone, Copy, Debug)]
struct Affected<'a> {
    count: usize,
    total: usize,
    worst: &'a ShardInfo,
}

impl<'a> Affected<'a> {
    /// Returns those of the shards that `applies` to, if any. The worst is the one for which it has lasted longest.
    fn of(
        shards: &'a [ShardInfo],
        applies: impl Fn(&ShardInfo) -> Option<Duration>,
    ) -> Option<Self> {
        let with_time = shards.iter().map(|info| (info, applies(info)));
        let affected: Vec<_> = with_time
            .filter_map(|(info, time)| Some((info, time?)))
            .collect();
        // The first of several that are equal.
        let longest = affected
            .iter()
            .reduce(|longest, next| match next.1 > longest.1 {
                true => next,
                false => longest,
            });
        longest.map(|(worst, _)| Self {
            count: affected.len(),
            total: shards.len(),
            worst,
        })
    }

    fn id(&self) -> ShardId {
        self.worst.id()
    }
}

#[cfg(test)]
mod tests;
