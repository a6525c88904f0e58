//! The end of a process that gives its shards away first.

use super::{Link, Membership, Node, NodeOutput, ShardState};
use std::time::{Duration, Instant};

/// Whether the process is to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Drain {
    No,
    /// The shards are given to other nodes, until this time one after the other.
    Until(Instant),
}

/// How long after its time a node that drains waits for the engine.
const GRACE: Duration = Duration::from_secs(5);

impl Drain {
    /// Returns whether all shards are to stop at once.
    pub(super) fn is_over(self, now: Instant) -> bool {
        matches!(self, Self::Until(until) if until <= now)
    }
}

impl Node {
    pub(super) fn begin_drain(&mut self, now: Instant) {
        if self.drain != Drain::No {
            return;
        }
        self.drain = Drain::Until(now + self.config.drain_timeout);
        self.has_changed = true;
        // Publishes the status.
        if let Some(term) = self.membership.term_mut() {
            term.renew_at = now;
            term.renewal = None;
        }
    }

    pub(super) fn continue_drain(&mut self, now: Instant) {
        let Drain::Until(until) = self.drain else {
            return;
        };
        if until + GRACE <= now {
            // The engine does not answer. Its leases end by themselves.
            self.leave(now);
            return;
        }
        self.shards.retain(|_, state| {
            !matches!(
                state,
                ShardState::Reclaiming {
                    link: Link::Stopped,
                    ..
                }
            )
        });
        if !self.shards.is_empty() {
            return;
        }
        match &self.membership {
            Membership::Member(term) => {
                let lease = term.lease.clone();
                self.membership = Membership::Leaving { due: now, lease };
                self.make_calls(now);
            }
            Membership::Outside { attempt: None, .. } => self.leave(now),
            Membership::Outside { .. } | Membership::Leaving { .. } | Membership::Left => {}
        }
    }

    /// The process may end. Shards that still run stop.
    pub(super) fn leave(&mut self, now: Instant) {
        let running: Vec<_> = self.serving().collect();
        for shard in running {
            let reason = super::NodeStopReason::Draining;
            self.stop(shard, super::StopKind::AtOnce, reason);
        }
        self.shards.clear();
        self.membership = Membership::Left;
        self.last_input = now;
        self.outputs.push_back(NodeOutput::Drained);
    }
}
