//! The leases that an engine keeps, without IO.

use crate::{
    fence::Fence,
    fleet_view::{FleetView, ShardHolder},
    lease::{NodeLease, NodeRecord, NodeStatus, ShardLease},
    leases::{AcquireOutcome, JoinRequest, LeaseChange, RenewOutcome},
    node_id::NodeId,
};
use gloaming_protocol::ShardId;
use std::{collections::BTreeMap, time::Duration};

/// The leases of a bot, as [`Leases`](crate::Leases) describes them, for engines that keep them. Without IO.
///
/// Time is that of the engine, from any origin, and must not go backward. Changes are appended to `changes` in the order in
/// which they take effect. The same calls with the same times give the same results, so that several processes can keep one
/// table each, from one log of calls.
///
/// ```
/// use gloaming_coordinator::{AcquireOutcome, Fence, JoinRequest, LeaseTable, NodeId, NodeStatus};
/// use gloaming_protocol::ShardId;
/// use std::time::Duration;
///
/// let (mut table, mut changes) = (LeaseTable::default(), Vec::new());
/// let ttl = Duration::from_secs(9);
/// let request = JoinRequest { node: NodeId::new("a")?, status: NodeStatus::Active, ttl, above: Fence::NONE };
/// let node = table.join(Duration::ZERO, request, &mut changes);
/// let acquired = table.acquire(ShardId::ONE, node.clone(), Fence::NONE, &mut changes);
/// assert!(matches!(acquired, AcquireOutcome::Granted(_)));
///
/// table.expire(ttl, &mut changes);
/// assert_eq!(table.acquire(ShardId::ONE, node, Fence::NONE, &mut changes), AcquireOutcome::NodeEnded);
/// assert_eq!(changes.len(), 3);
/// # Ok::<(), gloaming_coordinator::NodeIdError>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LeaseTable {
    view: FleetView,
    terms: BTreeMap<NodeId, Term>,
    /// The fence that was given last.
    last: Fence,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Term {
    ttl: Duration,
    ends_at: Duration,
}

/// What a [`LeaseTable`] has, for an engine that stores it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LeaseTableContent {
    /// The fence that was given last.
    pub last_fence: Fence,
    /// The nodes that are alive.
    pub nodes: Vec<StoredNode>,
    /// The leases of shards, those of dead nodes included.
    pub shards: Vec<ShardLease>,
}

/// A node in a [`LeaseTableContent`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredNode {
    /// The node.
    pub record: NodeRecord,
    /// How long its lease lasts without a renewal.
    pub ttl: Duration,
    /// When its lease ends, in the time of the engine.
    pub ends_at: Duration,
}

impl LeaseTable {
    /// Does what [`Leases::join`](crate::Leases::join) does.
    pub fn join(
        &mut self,
        now: Duration,
        request: JoinRequest,
        changes: &mut Vec<LeaseChange>,
    ) -> NodeLease {
        let JoinRequest {
            node,
            status,
            ttl,
            above,
        } = request;
        let ends_at = now + ttl;
        self.terms.insert(node.clone(), Term { ttl, ends_at });
        let fence = self.next_fence(above);
        let lease = NodeLease { node, fence };
        let record = NodeRecord {
            lease: lease.clone(),
            status,
        };
        self.apply(LeaseChange::Node(record), changes);
        lease
    }

    /// Does what [`Leases::renew`](crate::Leases::renew) does. Let leases [expire](Self::expire) before.
    pub fn renew(
        &mut self,
        now: Duration,
        lease: NodeLease,
        status: NodeStatus,
        changes: &mut Vec<LeaseChange>,
    ) -> RenewOutcome {
        if !self.view.is_alive(&lease) {
            return RenewOutcome::Ended;
        }
        if let Some(term) = self.terms.get_mut(&lease.node) {
            term.ends_at = now + term.ttl;
        }
        let known = self.view.node(&lease.node).map(|record| record.status);
        if known != Some(status) {
            self.apply(LeaseChange::Node(NodeRecord { lease, status }), changes);
        }
        RenewOutcome::Renewed
    }

    /// Does what [`Leases::leave`](crate::Leases::leave) does.
    pub fn leave(&mut self, lease: NodeLease, changes: &mut Vec<LeaseChange>) {
        if self.view.is_alive(&lease) {
            self.terms.remove(&lease.node);
            self.apply(LeaseChange::NodeEnded(lease), changes);
        }
    }

    /// Does what [`Leases::acquire`](crate::Leases::acquire) does. Let leases [expire](Self::expire) before.
    pub fn acquire(
        &mut self,
        shard: ShardId,
        node: NodeLease,
        above: Fence,
        changes: &mut Vec<LeaseChange>,
    ) -> AcquireOutcome {
        if !self.view.is_alive(&node) {
            return AcquireOutcome::NodeEnded;
        }
        let known = match self.view.holder(shard.number()) {
            ShardHolder::Alive(lease) if lease.holder != node => {
                return AcquireOutcome::Held(lease.clone());
            }
            ShardHolder::Alive(lease) | ShardHolder::Ended(lease) => lease.fence,
            ShardHolder::Free => Fence::NONE,
        };
        let lease = ShardLease {
            shard,
            holder: node,
            fence: self.next_fence(above.max(known)),
        };
        self.apply(LeaseChange::Acquired(lease.clone()), changes);
        AcquireOutcome::Granted(lease)
    }

    /// Does what [`Leases::release`](crate::Leases::release) does.
    pub fn release(&mut self, lease: ShardLease, changes: &mut Vec<LeaseChange>) {
        let is_held = self.view.holder(lease.shard.number()) == ShardHolder::Alive(&lease);
        if is_held {
            self.apply(LeaseChange::Released(lease), changes);
        }
    }

    /// Ends the leases of the nodes that did not renew them in time.
    pub fn expire(&mut self, now: Duration, changes: &mut Vec<LeaseChange>) {
        let is_over = |node: &NodeId| self.terms.get(node).is_none_or(|term| term.ends_at <= now);
        let over = self.view.nodes().map(|record| record.lease.clone());
        let over: Vec<_> = over.filter(|lease| is_over(&lease.node)).collect();
        for lease in over {
            self.leave(lease, changes);
        }
    }

    /// Returns the leases, those of dead nodes' shards included.
    #[must_use]
    pub const fn view(&self) -> &FleetView {
        &self.view
    }

    /// Returns when the next lease of a node ends, unless it is renewed.
    #[must_use]
    pub fn next_end(&self) -> Option<Duration> {
        self.terms.values().map(|term| term.ends_at).min()
    }

    /// Returns the content, for [`from_content`](Self::from_content).
    #[must_use]
    pub fn content(&self) -> LeaseTableContent {
        let nodes = self.view.nodes().filter_map(|record| {
            let term = self.terms.get(&record.lease.node)?;
            Some(StoredNode {
                record: record.clone(),
                ttl: term.ttl,
                ends_at: term.ends_at,
            })
        });
        LeaseTableContent {
            last_fence: self.last,
            nodes: nodes.collect(),
            shards: self.view.shards().cloned().collect(),
        }
    }

    /// Makes a table of its content.
    #[must_use]
    pub fn from_content(content: LeaseTableContent) -> Self {
        let terms = content.nodes.iter().map(|node| {
            let StoredNode { ttl, ends_at, .. } = *node;
            (node.record.lease.node.clone(), Term { ttl, ends_at })
        });
        Self {
            terms: terms.collect(),
            view: FleetView::new(
                content.nodes.into_iter().map(|node| node.record),
                content.shards,
            ),
            last: content.last_fence,
        }
    }

    fn next_fence(&mut self, above: Fence) -> Fence {
        self.last = self.last.max(above).next();
        self.last
    }

    fn apply(&mut self, change: LeaseChange, changes: &mut Vec<LeaseChange>) {
        changes.push(change.clone());
        self.view.apply(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_its_content_is_the_same() {
        let (mut table, mut changes) = (LeaseTable::default(), Vec::new());
        let join = |name: &str| JoinRequest {
            node: NodeId::new(name).unwrap(),
            status: NodeStatus::Active,
            ttl: Duration::from_secs(9),
            above: Fence::NONE,
        };
        let (a, b) = (join("a"), join("b"));
        let a = table.join(Duration::ZERO, a, &mut changes);
        table.join(Duration::from_secs(1), b, &mut changes);
        table.acquire(ShardId::new(0, 4), a, Fence::new(40), &mut changes);
        assert_eq!(table.next_end(), Some(Duration::from_secs(9)));
        table.expire(Duration::from_secs(9), &mut changes);
        assert_eq!(table.next_end(), Some(Duration::from_secs(10)));
        let content = table.content();
        assert_eq!(content.last_fence, Fence::new(41));
        assert_eq!((content.nodes.len(), content.shards.len()), (1, 1));
        assert_eq!(LeaseTable::from_content(content), table);
    }
}
