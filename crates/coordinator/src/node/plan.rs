//! Which shards the node takes, and which it gives to others.

use super::{
    Attempt, Node, NodeStopReason, Purpose, Request, Serving, ShardState, StopKind, drain::Drain,
};
use crate::{fleet_view::ShardHolder, lease::NodeLease, node_id::NodeId, ownership::Ownership};
use std::time::{Duration, Instant};

/// The number of calls that a node makes at the same time.
pub(super) const MAX_CALLS: usize = 64;

/// The time between two plans.
const INTERVAL: Duration = Duration::from_millis(250);

/// How much later than this node another one may have begun to [settle](super::NodeConfig::settle).
const NEWCOMER_DELAY: Duration = Duration::from_millis(500);

/// How much later the next node tries to take a shard that its owner does not claim.
const PER_RANK: Duration = Duration::from_millis(500);

impl Node {
    pub(super) fn next_plan(&self, now: Instant) -> Instant {
        self.planned_at.map_or(now, |at| at + INTERVAL)
    }

    /// Returns the lease of the node, if it knows enough to plan.
    pub(super) fn can_plan(&self, now: Instant) -> Option<&NodeLease> {
        self.snapshot_at?;
        self.membership.proven(now)
    }

    pub(super) fn plan_if_due(&mut self, now: Instant) {
        let is_idle = !self.has_changed && self.unclaimed.is_empty();
        let is_slow = self.planned_at.is_some_and(|at| now < at + 4 * INTERVAL);
        if now < self.next_plan(now) || is_idle && is_slow {
            return;
        }
        let Some(lease) = self.can_plan(now).cloned() else {
            return;
        };
        self.has_changed = false;
        self.planned_at = Some(now);
        self.plan(now, &lease);
        self.make_calls(now);
    }

    fn plan(&mut self, now: Instant, lease: &NodeLease) {
        let nodes = self.candidates();
        let own = nodes.iter().position(|node| *node == self.config.id);
        let ownership = Ownership::balance(
            self.config.shards,
            self.config.max_concurrency,
            nodes.len(),
            |shard| self.planned_holder(shard, own, &nodes),
        );
        let mut moves = self.moving();
        for shard in 0..self.config.shards.get() {
            let owner = ownership.owner(shard);
            let is_own = owner.is_some() && owner == own;
            match self.shards.get(&shard) {
                None => self.plan_unserved(now, lease, shard, is_own, &nodes),
                Some(ShardState::Serving(serving)) if !is_own => {
                    if self.may_move(now, serving, moves) {
                        self.begin_move(shard);
                        moves += 1;
                    }
                }
                Some(_) => {
                    self.unclaimed.remove(&shard);
                }
            }
        }
    }

    /// Returns the nodes that take shards, in the order that all nodes have.
    fn candidates(&self) -> Vec<NodeId> {
        let others = self.view.active().map(|record| &record.lease.node);
        let others = others.filter(|node| **node != self.config.id).cloned();
        let own = (self.drain == Drain::No).then(|| self.config.id.clone());
        let mut nodes: Vec<_> = others.chain(own).collect();
        nodes.sort_unstable();
        nodes
    }

    fn planned_holder(&self, shard: u32, own: Option<usize>, nodes: &[NodeId]) -> Option<usize> {
        match self.shards.get(&shard) {
            Some(ShardState::Releasing { .. }) => None,
            Some(_) => own,
            None => match self.view.holder(shard) {
                ShardHolder::Alive(lease) => nodes.binary_search(&lease.holder.node).ok(),
                ShardHolder::Ended(_) | ShardHolder::Free => None,
            },
        }
    }

    fn plan_unserved(
        &mut self,
        now: Instant,
        node: &NodeLease,
        shard: u32,
        is_own: bool,
        nodes: &[NodeId],
    ) {
        let known = match self.view.holder(shard) {
            ShardHolder::Alive(lease) if lease.holder == *node => {
                // An acquisition whose answer was lost.
                self.unclaimed.remove(&shard);
                if !is_own {
                    let (lease, attempt) = (lease.clone(), Attempt::DueAt(now));
                    let state = ShardState::Releasing { lease, attempt };
                    self.shards.insert(shard, state);
                    return;
                }
                lease.fence
            }
            ShardHolder::Alive(_) => {
                self.unclaimed.remove(&shard);
                return;
            }
            ShardHolder::Ended(lease) => lease.fence,
            ShardHolder::Free => crate::fence::Fence::NONE,
        };
        let settled_at = self.snapshot_at.map(|at| at + self.config.settle);
        if self.drain != Drain::No || settled_at.is_none_or(|at| now < at) {
            return;
        }
        let since = *self.unclaimed.entry(shard).or_insert(now);
        if self.setbacks.holds(now, shard) {
            return;
        }
        let overdue = now.checked_duration_since(since + self.config.unclaimed_after);
        let is_due = is_own
            || overdue.is_some_and(|by| PER_RANK * rank(&self.config.id, nodes, shard) <= by);
        if !is_due || self.calls.len() >= MAX_CALLS {
            return;
        }
        let request = Request::Acquire {
            shard: self.shard_id(shard),
            node: node.clone(),
            above: known.max(self.highest_fence(shard)),
        };
        let call = self.call(now, Purpose::Acquire { shard }, request);
        self.shards.insert(shard, ShardState::Acquiring { call });
        self.unclaimed.remove(&shard);
    }

    fn moving(&self) -> usize {
        let moving = self.shards.values().filter(|state| {
            matches!(
                state,
                ShardState::Stopping(_) | ShardState::Releasing { .. }
            )
        });
        moving.count()
    }

    fn may_move(&self, now: Instant, serving: &Serving, moves: usize) -> bool {
        match self.drain {
            Drain::No => {
                // A shard that is given to a node before that takes any would have no owner until then.
                let settled = self.config.settle + NEWCOMER_DELAY;
                moves < self.config.max_moves
                    && serving.since + self.config.move_cooldown <= now
                    && self.newcomer_at.is_none_or(|at| at + settled <= now)
            }
            Drain::Until(_) => {
                let is_last = self.candidates().is_empty();
                is_last || self.drain.is_over(now) || moves < self.config.max_moves
            }
        }
    }

    fn begin_move(&mut self, shard: u32) {
        let reason = match self.drain {
            Drain::No => NodeStopReason::Moving,
            Drain::Until(_) => NodeStopReason::Draining,
        };
        if let Some(ShardState::Serving(serving)) = self.shards.get(&shard) {
            let serving = serving.clone();
            self.shards.insert(shard, ShardState::Stopping(serving));
            self.stop(shard, StopKind::HandOver, reason);
        }
    }
}

/// Returns how many nodes are to try before this one to take a shard that its owner does not claim. The order differs
/// from shard to shard.
fn rank(own: &NodeId, nodes: &[NodeId], shard: u32) -> u32 {
    let score = |node: &NodeId| {
        let bytes = node.as_str().bytes().chain(shard.to_le_bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd)
    };
    let own = score(own);
    let before = nodes.iter().filter(|node| score(node) < own).count();
    u32::try_from(before).unwrap_or(u32::MAX)
}
