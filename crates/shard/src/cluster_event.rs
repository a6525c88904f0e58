//! What a supervisor of many shards reports about all of them.

use std::fmt::{self, Display, Formatter};

/// An event of a whole cluster; see [`Item::Cluster`](crate::Item::Cluster).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClusterEvent {
    /// The guilds of all shards have arrived, or some are missing and are no longer awaited. Once per cluster.
    GuildsArrived(ClusterGuilds),
}

/// The guilds of all shards of a cluster, after its start.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClusterGuilds {
    /// The number of guilds that arrived, over all shards.
    pub arrived: usize,
    /// The number of guilds that READY listed and that did not arrive.
    pub missing: usize,
    /// The number of shards that resumed a session. Their guilds are not counted, since RESUME brings no GUILD_CREATE.
    pub resumed_shards: usize,
    /// The number of shards that have not reported: they never became ready, or have stopped.
    pub missing_shards: usize,
}

impl ClusterGuilds {
    /// Returns whether neither a guild nor a shard is missing.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.missing == 0 && self.missing_shards == 0
    }
}

/// One line for logs.
impl Display for ClusterGuilds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            arrived,
            missing,
            resumed_shards,
            missing_shards,
        } = self;
        if self.is_complete() {
            write!(f, "all guilds of all shards have arrived: {arrived}")?;
        } else {
            write!(
                f,
                "no longer waiting for guilds: {arrived} have arrived, {missing} and all of {missing_shards} \
                 shards are missing"
            )?;
        }
        if *resumed_shards > 0 {
            write!(f, "; {resumed_shards} shards resumed their sessions")?;
        }
        Ok(())
    }
}

impl Display for ClusterEvent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::GuildsArrived(guilds) => Display::fmt(guilds, f),
        }
    }
}
