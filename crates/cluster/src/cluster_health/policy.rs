//! Thresholds.

use std::time::Duration;

/// From when on a cluster is not [ready](crate::Readiness) or not [live](crate::Liveness).
///
/// ```
/// use gloaming_cluster::HealthPolicy;
/// use std::time::Duration;
///
/// let mut policy = HealthPolicy::default();
/// policy.down_after = Duration::from_secs(60);
/// assert_eq!(policy.max_event_lag, None);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct HealthPolicy {
    /// For how long a shard may be without a session, its thread blocked, or its buffer full without the consumer taking
    /// anything, before the cluster is not ready. Default 30 s: longer than most reconnects, in which nothing is lost.
    pub down_after: Duration,
    /// The lag of events from which on the cluster is not ready, as [measured](crate::MeasuredLag) within the last minute.
    /// Default `None`: the lag does not count. It depends on the clock of this machine, and it is high while missed events
    /// are replayed.
    pub max_event_lag: Option<Duration>,
    /// For how long the consumer may have an event that it does not acknowledge before the cluster is not ready, as
    /// [measured](crate::ShardInfo::unacknowledged_for). Default `None`: it does not count, since some handlers take as long
    /// as what they do. Set it to what the slowest of them needs: a handler that is stuck, or does not acknowledge its
    /// [`Delivery`](gloaming_shard::Delivery), holds back the position from which the next process resumes.
    pub max_unacknowledged: Option<Duration>,
    /// For how long something may block the thread of a shard before the process is not live. Default 60 s: Discord ends
    /// the connection of a shard that misses a heartbeat, once every 41 s.
    pub blocked_after: Duration,
    /// For how long the consumer may take nothing from a full buffer before the process is not live. Default 10 min: longer
    /// than a handler should take, so that it is more likely stuck.
    pub stuck_after: Duration,
}

impl Default for HealthPolicy {
    fn default() -> Self {
        Self {
            down_after: Duration::from_secs(30),
            max_event_lag: None,
            max_unacknowledged: None,
            blocked_after: Duration::from_secs(60),
            stuck_after: Duration::from_secs(10 * 60),
        }
    }
}
