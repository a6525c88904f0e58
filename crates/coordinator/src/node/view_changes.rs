//! What the watch of the leases yields.

use super::{Link, Node, NodeStopReason, ShardState, StopKind};
use crate::{
    fleet_view::ShardHolder,
    lease::{NodeLease, ShardLease},
    leases::LeaseChange,
};
use std::time::Instant;

impl Node {
    pub(super) fn apply_change(&mut self, now: Instant, change: LeaseChange) {
        self.has_changed = true;
        match change {
            LeaseChange::Snapshot(_) => {
                self.view.apply(change);
                self.check_snapshot(now);
            }
            LeaseChange::Acquired(ref lease) => {
                let lease = lease.clone();
                self.view.apply(change);
                self.check_acquired(now, lease);
            }
            LeaseChange::Node(ref record) => {
                let is_known = self.view.is_alive(&record.lease);
                if !is_known && record.lease.node != self.config.id {
                    self.newcomer_at = Some(now);
                }
                self.highest_term = self.highest_term.max(record.lease.fence);
                self.view.apply(change);
            }
            change => self.view.apply(change),
        }
    }

    /// Compares what the node has with a snapshot, since the engine may have forgotten some of it.
    fn check_snapshot(&mut self, now: Instant) {
        self.snapshot_at = Some(now);
        // Some of its nodes may have joined just before.
        self.newcomer_at = Some(now);
        self.unclaimed.clear();
        let leases: Vec<_> = self.view.shards().cloned().collect();
        for lease in leases {
            self.note_fence(lease.shard.number(), lease.fence);
        }
        let terms = self.view.nodes().map(|record| record.lease.fence);
        self.highest_term = terms.fold(self.highest_term, Ord::max);
        let is_known = |lease: &NodeLease| self.view.is_alive(lease);
        let is_member = self
            .membership
            .term()
            .is_some_and(|term| is_known(&term.lease));
        if let Some(term) = self.membership.term_mut()
            && !is_member
        {
            term.renew_at = now;
        }
        let forgotten = self.shards.iter().filter(|(shard, state)| match state {
            ShardState::Serving(serving) => {
                self.view.holder(**shard) != ShardHolder::Alive(&serving.lease)
            }
            ShardState::Loading { lease, .. } => {
                self.view.holder(**shard) != ShardHolder::Alive(lease)
            }
            _ => false,
        });
        let forgotten: Vec<_> = forgotten.map(|(shard, _)| *shard).collect();
        for shard in forgotten {
            self.doubt(now, shard);
        }
    }

    fn check_acquired(&mut self, now: Instant, lease: ShardLease) {
        let shard = lease.shard.number();
        self.note_fence(shard, lease.fence);
        self.unclaimed.remove(&shard);
        if lease.holder.node == self.config.id || !self.view.is_alive(&lease.holder) {
            return;
        }
        let by = lease.holder.node;
        match self.shards.get(&shard) {
            Some(ShardState::Serving(serving)) if serving.lease.fence < lease.fence => {
                self.shards.remove(&shard);
                self.stop(shard, StopKind::AtOnce, NodeStopReason::TakenOver { by });
            }
            // An older change, or of an engine that forgot this node's lease.
            Some(ShardState::Serving(_)) => self.doubt(now, shard),
            Some(ShardState::Loading { lease: own, .. }) if lease.fence < own.fence => {}
            Some(ShardState::Reclaiming { link, .. } | ShardState::Loading { link, .. }) => {
                let is_connected = *link != Link::Stopped;
                self.shards.remove(&shard);
                if is_connected {
                    self.stop(shard, StopKind::AtOnce, NodeStopReason::TakenOver { by });
                }
            }
            _ => {}
        }
    }
}
