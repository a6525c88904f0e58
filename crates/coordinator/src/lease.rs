//! What leases are, as values.

use crate::{fence::Fence, node_id::NodeId};
use gloaming_protocol::ShardId;

/// The lease that shows that a node is alive. It ends unless it is renewed.
///
/// Its fence tells two leases of one node apart: a node whose lease has ended joins again with another fence, and the
/// shards that it held under the old one are not its own any more.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NodeLease {
    /// The node.
    pub node: NodeId,
    /// The fence of this acquisition.
    pub fence: Fence,
}

/// The lease of a shard. It has no time of its own, and is valid as long as the node lease under which it was acquired.
///
/// So a node renews one lease, however many shards it has.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ShardLease {
    /// The shard.
    pub shard: ShardId,
    /// The node that holds it.
    pub holder: NodeLease,
    /// The fence of this acquisition, which all writes for the shard carry.
    pub fence: Fence,
}

/// Whether a node takes shards.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum NodeStatus {
    /// It takes its share of the shards.
    #[default]
    Active,
    /// It gives its shards to the others, and then leaves.
    Draining,
}

/// A node as the others see it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct NodeRecord {
    /// The lease of the node.
    pub lease: NodeLease,
    /// Whether it takes shards.
    pub status: NodeStatus,
}
