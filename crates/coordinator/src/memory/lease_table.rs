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

/// The leases of a bot, as [`Leases`](crate::Leases) describes them. Time is the time of the engine.
#[derive(Clone, Debug, Default)]
pub(super) struct LeaseTable {
    view: FleetView,
    terms: BTreeMap<NodeId, Term>,
    /// The fence that was given last.
    last: Fence,
}

#[derive(Clone, Copy, Debug)]
struct Term {
    ttl: Duration,
    ends_at: Duration,
}

impl LeaseTable {
    pub(super) fn join(
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

    pub(super) fn renew(
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

    pub(super) fn leave(&mut self, lease: NodeLease, changes: &mut Vec<LeaseChange>) {
        if self.view.is_alive(&lease) {
            self.terms.remove(&lease.node);
            self.apply(LeaseChange::NodeEnded(lease), changes);
        }
    }

    pub(super) fn acquire(
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

    pub(super) fn release(&mut self, lease: ShardLease, changes: &mut Vec<LeaseChange>) {
        let is_held = self.view.holder(lease.shard.number()) == ShardHolder::Alive(&lease);
        if is_held {
            self.apply(LeaseChange::Released(lease), changes);
        }
    }

    /// Ends the leases of the nodes that did not renew them in time.
    pub(super) fn expire(&mut self, now: Duration, changes: &mut Vec<LeaseChange>) {
        let is_over = |node: &NodeId| self.terms.get(node).is_none_or(|term| term.ends_at <= now);
        let over = self.view.nodes().map(|record| record.lease.clone());
        let over: Vec<_> = over.filter(|lease| is_over(&lease.node)).collect();
        for lease in over {
            self.leave(lease, changes);
        }
    }

    pub(super) const fn view(&self) -> &FleetView {
        &self.view
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
