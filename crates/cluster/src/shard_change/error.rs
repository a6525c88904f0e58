//! Why the shards of a cluster did not change.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A shard was not added to a running cluster, or not removed from it. The cluster is as before.
#[derive(Debug)]
pub struct ShardChangeError {
    kind: ShardChangeErrorKind,
}

/// Why a shard was not added to a running cluster, or not removed from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ShardChangeErrorKind {
    /// The cluster has a shard with this number, which may be about to be removed.
    DuplicateShard {
        /// The number.
        number: u32,
    },
    /// The shard is one of another total number of shards than those of the cluster, so that both would get the events of
    /// the same guilds.
    WrongTotal {
        /// The total number of shards that the shard would be one of.
        total: u32,
        /// That of the cluster.
        expected: u32,
    },
    /// The cluster does not run this shard.
    NotInCluster {
        /// The requested number.
        id: u64,
    },
    /// The cluster was brought down, all of its shards have stopped for good, or its stream was dropped.
    ClusterDown,
    /// The cluster has no configuration for a new shard, since it was [started](crate::Cluster::start) from ready-made
    /// shards.
    NoConfiguration,
    /// The cluster [switches](crate::Cluster::reshard) to another number of shards.
    Resharding,
}

impl From<ShardChangeErrorKind> for ShardChangeError {
    fn from(kind: ShardChangeErrorKind) -> Self {
        Self { kind }
    }
}

impl ShardChangeError {
    /// Returns why the cluster did not change.
    #[must_use]
    pub const fn kind(&self) -> ShardChangeErrorKind {
        self.kind
    }
}

impl Display for ShardChangeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            ShardChangeErrorKind::DuplicateShard { number } => write!(
                f,
                "the cluster has a shard {number} already; remove that first, and wait until the removal is done"
            ),
            ShardChangeErrorKind::WrongTotal { total, expected } => write!(
                f,
                "a shard of {total} can't run beside shards of {expected}, since both would get the same events; use the \
                 total of the cluster"
            ),
            ShardChangeErrorKind::NotInCluster { id } => write!(
                f,
                "the cluster does not run shard {id}, and can't remove it; use the number or id of one of its shards"
            ),
            ShardChangeErrorKind::ClusterDown => {
                f.write_str("the cluster is down and runs no more shards; build another one")
            }
            ShardChangeErrorKind::NoConfiguration => f.write_str(
                "the cluster was started from ready-made shards and has no configuration for a new one; use \
                 `Cluster::add_ready_shard`",
            ),
            ShardChangeErrorKind::Resharding => f.write_str(
                "the cluster switches to another number of shards; add and remove shards after that",
            ),
        }
    }
}

impl Error for ShardChangeError {}
