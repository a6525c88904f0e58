//! How far a switch is.

use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// How far the switch of a cluster to another number of shards is; returned by
/// [`Cluster::resharding`](crate::Cluster::resharding).
///
/// `Display` is a phrase, for example `resharding from 4 to 7 shards, of which 3 are ready`. Serialized, it is a map:
///
/// ```text
/// {"from":4,"to":7,"ready":3}
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ReshardProgress {
    /// The number of shards of the old set.
    pub from: u32,
    /// The number of shards of the new set.
    pub to: u32,
    /// The number of shards of the new set that are ready.
    pub ready: usize,
}

impl Display for ReshardProgress {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { from, to, ready } = self;
        write!(
            f,
            "resharding from {from} to {to} shards, of which {ready} are ready"
        )
    }
}
