//! The leases of a fleet as one node knows them.

use crate::{
    lease::{NodeLease, NodeRecord, NodeStatus, ShardLease},
    leases::LeaseChange,
    node_id::NodeId,
};
use std::collections::BTreeMap;

/// The nodes and shard leases of a bot, as of some moment.
///
/// A view is built from the changes of a [watch](crate::LeaseWatch), and is as old as the last one. Decisions made with
/// it are checked by the engine when they take effect, so an old view costs time and nothing else.
///
/// ```
/// use gloaming_coordinator::{
///     Fence, FleetView, LeaseChange, NodeId, NodeLease, NodeRecord, NodeStatus, ShardHolder, ShardLease,
/// };
/// use gloaming_protocol::ShardId;
///
/// let lease = NodeLease { node: NodeId::new("a")?, fence: Fence::new(1) };
/// let shard = ShardLease { shard: ShardId::new(3, 8), holder: lease.clone(), fence: Fence::new(2) };
/// let mut view = FleetView::default();
/// view.apply(LeaseChange::Node(NodeRecord { lease: lease.clone(), status: NodeStatus::Active }));
/// view.apply(LeaseChange::Acquired(shard.clone()));
/// assert_eq!(view.holder(3), ShardHolder::Alive(&shard));
///
/// view.apply(LeaseChange::NodeEnded(lease));
/// assert_eq!(view.holder(3), ShardHolder::Ended(&shard));
/// # Ok::<(), gloaming_coordinator::NodeIdError>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FleetView {
    nodes: BTreeMap<NodeId, NodeRecord>,
    /// By the number of the shard.
    shards: BTreeMap<u32, ShardLease>,
}

/// Who holds a shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShardHolder<'a> {
    /// A node that is alive.
    Alive(&'a ShardLease),
    /// A node whose lease has ended. Any node may take the shard.
    Ended(&'a ShardLease),
    /// Nobody.
    Free,
}

impl FleetView {
    /// Makes a view of all leases there are.
    #[must_use]
    pub fn new(
        nodes: impl IntoIterator<Item = NodeRecord>,
        shards: impl IntoIterator<Item = ShardLease>,
    ) -> Self {
        let nodes = nodes.into_iter();
        let shards = shards.into_iter();
        Self {
            nodes: nodes.map(|it| (it.lease.node.clone(), it)).collect(),
            shards: shards.map(|it| (it.shard.number(), it)).collect(),
        }
    }

    /// Makes a change.
    pub fn apply(&mut self, change: LeaseChange) {
        match change {
            LeaseChange::Snapshot(view) => *self = view,
            LeaseChange::Node(record) => {
                self.nodes.insert(record.lease.node.clone(), record);
            }
            LeaseChange::NodeEnded(lease) => {
                if self.is_alive(&lease) {
                    self.nodes.remove(&lease.node);
                }
            }
            LeaseChange::Acquired(lease) => {
                self.shards.insert(lease.shard.number(), lease);
            }
            LeaseChange::Released(lease) => {
                let number = lease.shard.number();
                if self.shards.get(&number) == Some(&lease) {
                    self.shards.remove(&number);
                }
            }
        }
    }

    /// Returns whether this lease of a node has not ended.
    #[must_use]
    pub fn is_alive(&self, lease: &NodeLease) -> bool {
        self.nodes
            .get(&lease.node)
            .is_some_and(|record| record.lease == *lease)
    }

    /// Returns who holds the shard with this number.
    #[must_use]
    pub fn holder(&self, shard: u32) -> ShardHolder<'_> {
        match self.shards.get(&shard) {
            Some(lease) if self.is_alive(&lease.holder) => ShardHolder::Alive(lease),
            Some(lease) => ShardHolder::Ended(lease),
            None => ShardHolder::Free,
        }
    }

    /// Returns the node with this id, if it is alive.
    #[must_use]
    pub fn node(&self, id: &NodeId) -> Option<&NodeRecord> {
        self.nodes.get(id)
    }

    /// Returns the nodes that are alive, ordered by their id.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeRecord> {
        self.nodes.values()
    }

    /// Returns the nodes that are alive and take shards, ordered by their id.
    pub fn active(&self) -> impl Iterator<Item = &NodeRecord> {
        self.nodes()
            .filter(|record| record.status == NodeStatus::Active)
    }

    /// Returns the leases of shards, those of dead nodes included, ordered by the number of the shard.
    pub fn shards(&self) -> impl Iterator<Item = &ShardLease> {
        self.shards.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fence::Fence;
    use gloaming_protocol::ShardId;

    fn node(name: &str, fence: u64) -> NodeLease {
        NodeLease {
            node: NodeId::new(name).unwrap(),
            fence: Fence::new(fence),
        }
    }

    fn active(lease: &NodeLease) -> NodeRecord {
        NodeRecord {
            lease: lease.clone(),
            status: NodeStatus::Active,
        }
    }

    fn shard(number: u32, holder: &NodeLease, fence: u64) -> ShardLease {
        ShardLease {
            shard: ShardId::new(number, 8),
            holder: holder.clone(),
            fence: Fence::new(fence),
        }
    }

    #[test]
    fn shards_of_a_node_that_joined_again_are_not_its_own() {
        let (old, new) = (node("a", 1), node("a", 5));
        let lease = shard(3, &old, 2);
        let mut view = FleetView::new([active(&old)], [lease.clone()]);
        assert_eq!(view.holder(3), ShardHolder::Alive(&lease));
        view.apply(LeaseChange::Node(active(&new)));
        assert_eq!(view.holder(3), ShardHolder::Ended(&lease));
    }

    #[test]
    fn end_of_an_older_lease_changes_nothing() {
        let (old, new) = (node("a", 1), node("a", 5));
        let mut view = FleetView::new([active(&new)], [shard(3, &new, 7)]);
        let before = view.clone();
        view.apply(LeaseChange::NodeEnded(old.clone()));
        view.apply(LeaseChange::Released(shard(3, &old, 2)));
        assert_eq!(view, before);
        view.apply(LeaseChange::Released(shard(3, &new, 7)));
        assert_eq!(view.holder(3), ShardHolder::Free);
        view.apply(LeaseChange::NodeEnded(new));
        assert_eq!(view, FleetView::default());
    }

    #[test]
    fn draining_nodes_are_alive_and_take_nothing() {
        let (a, b) = (node("a", 1), node("b", 2));
        let draining = NodeRecord {
            status: NodeStatus::Draining,
            ..active(&b)
        };
        let view = FleetView::new([active(&a), draining], [shard(0, &b, 3)]);
        assert!(view.active().map(|it| &it.lease).eq([&a]));
        assert_eq!(view.nodes().count(), 2);
        assert_eq!(view.holder(0), ShardHolder::Alive(&shard(0, &b, 3)));
    }
}
