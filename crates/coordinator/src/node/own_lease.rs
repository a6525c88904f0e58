//! The passing of time: renewals, silence of the engine, and pauses of the process.

use super::{
    Answer, Attempt, Link, Membership, Node, NodeStopReason, OnSilence, PAUSE, Purpose, Request,
    ShardState, StopKind, membership::Term,
};
use crate::{lease::NodeLease, leases::JoinRequest};
use std::time::{Duration, Instant};

/// How long after the end of the lease a connection that ends was probably ended by the node that took the shard over.
const TAKEOVER: Duration = Duration::from_secs(15);

/// A connection that ends again within this time, while the engine is silent, was ended by another node.
const FLAP: Duration = Duration::from_secs(60);

impl Node {
    /// Acts on the time that has passed since the last input.
    pub(super) fn pass_time(&mut self, now: Instant) {
        let gap = now.saturating_duration_since(self.last_input);
        self.last_input = now;
        let is_unproven = self.membership.proven(now).is_none();
        if is_unproven && gap >= PAUSE {
            self.stop_all(now, &NodeStopReason::Paused);
        } else if is_unproven && self.config.on_silence == OnSilence::Stop {
            self.stop_all(now, &NodeStopReason::Silence);
        }
        while let Some(call) = self.calls.overdue(now) {
            self.handle_answer(now, call, Answer::Failed);
        }
    }

    /// Makes the calls that are due.
    pub(super) fn make_calls(&mut self, now: Instant) {
        let (status, retry) = (self.status(), self.config.timing.retry_every());
        match &mut self.membership {
            Membership::Member(term) if term.renewal.is_none() && term.renew_at <= now => {
                let lease = term.lease.clone();
                let call = self.call(now, Purpose::Renew, Request::Renew { lease, status });
                if let Some(term) = self.membership.term_mut() {
                    term.renewal = Some(call);
                }
            }
            Membership::Outside { attempt: None, due } if *due <= now => {
                let request = JoinRequest {
                    node: self.config.id.clone(),
                    status,
                    ttl: self.config.timing.ttl(),
                    above: self.highest_term,
                };
                let call = self.call(now, Purpose::Join, Request::Join(request));
                let attempt = Some(call);
                self.membership = Membership::Outside { attempt, due: now };
            }
            Membership::Leaving { due, lease } if *due <= now => {
                *due = now + retry;
                let request = Request::Leave(lease.clone());
                self.call(now, Purpose::Leave, request);
            }
            _ => {}
        }
        self.retry_shards(now);
    }

    pub(super) fn joined(&mut self, sent: Instant, lease: NodeLease) {
        self.highest_term = self.highest_term.max(lease.fence);
        let timing = &self.config.timing;
        self.membership = Membership::Member(Term {
            lease,
            owners_end: timing.owners_end(sent),
            renew_at: sent + timing.renew_every(),
            renewal: None,
        });
        self.has_changed = true;
    }

    pub(super) fn renewed(&mut self, sent: Instant) {
        let timing = self.config.timing;
        if let Some(term) = self.membership.term_mut() {
            term.renewal = None;
            term.owners_end = term.owners_end.max(timing.owners_end(sent));
            term.renew_at = sent + timing.renew_every();
        }
        self.has_changed = true;
    }

    /// The engine has no lease of this node any more.
    pub(super) fn lease_ended(&mut self, now: Instant) {
        if self.membership.term().is_none() {
            return;
        }
        self.membership = Membership::Outside {
            attempt: None,
            due: now,
        };
        for shard in self.shards.keys().copied().collect::<Vec<_>>() {
            self.doubt(now, shard);
        }
    }

    /// The lease of a shard may be that of another node: asks the engine.
    pub(super) fn doubt(&mut self, now: Instant, shard: u32) {
        let attempt = Attempt::DueAt(now);
        let link = match self.shards.get(&shard) {
            Some(ShardState::Serving(serving)) => match self.config.on_silence {
                OnSilence::KeepServing => Link::Connected {
                    since: serving.since,
                },
                OnSilence::Stop => {
                    self.stop(shard, StopKind::AtOnce, NodeStopReason::Silence);
                    Link::Stopped
                }
            },
            Some(ShardState::Loading { link, .. }) => *link,
            Some(ShardState::Releasing { .. }) => {
                self.shards.remove(&shard);
                return;
            }
            _ => return,
        };
        self.shards
            .insert(shard, ShardState::Reclaiming { link, attempt });
    }

    /// Stops every shard that the driver runs. They are asked for again once the engine answers.
    fn stop_all(&mut self, now: Instant, reason: &NodeStopReason) {
        let running: Vec<_> = self.serving().collect();
        for shard in running {
            self.stop_for_now(now, shard, reason.clone());
        }
    }

    /// Stops a shard, and asks for it again once the engine answers.
    fn stop_for_now(&mut self, now: Instant, shard: u32, reason: NodeStopReason) {
        let attempt = match self.shards.get(&shard) {
            Some(ShardState::Reclaiming { attempt, .. }) => *attempt,
            _ => Attempt::DueAt(now),
        };
        let link = Link::Stopped;
        self.shards
            .insert(shard, ShardState::Reclaiming { link, attempt });
        self.stop(shard, StopKind::AtOnce, reason);
    }

    pub(super) fn handle_connection_end(&mut self, now: Instant, shard: u32) {
        let silent_since = self.membership.silent_since(now);
        let is_taken = match (self.shards.get_mut(&shard), silent_since) {
            (Some(ShardState::Reclaiming { link, .. }), _)
            | (Some(ShardState::Loading { link, .. }), Some(_)) => *link != Link::Stopped,
            (Some(ShardState::Serving(serving)), Some(since)) => {
                let resumed = serving.resumed_in_silence.replace(now);
                now < since + TAKEOVER || resumed.is_some_and(|at| now < at + FLAP)
            }
            _ => false,
        };
        if is_taken {
            self.stop_for_now(now, shard, NodeStopReason::ConnectionLostInSilence);
        }
    }

    /// Asks again for what was not answered.
    fn retry_shards(&mut self, now: Instant) {
        let Some(node) = self.membership.proven(now).cloned() else {
            return;
        };
        for shard in self.shards.keys().copied().collect::<Vec<_>>() {
            if self.calls.len() >= super::plan::MAX_CALLS {
                return;
            }
            let (purpose, request) = match &self.shards[&shard] {
                ShardState::Reclaiming { attempt, .. } if attempt.is_due(now) => {
                    let (shard_id, above) = (self.shard_id(shard), self.highest_fence(shard));
                    let node = node.clone();
                    let request = Request::Acquire {
                        shard: shard_id,
                        node,
                        above,
                    };
                    (Purpose::Acquire { shard }, request)
                }
                ShardState::Loading { lease, attempt, .. } if attempt.is_due(now) => {
                    let (shard_id, fence) = (lease.shard, lease.fence);
                    let request = Request::Load {
                        shard: shard_id,
                        fence,
                    };
                    (Purpose::Load { shard }, request)
                }
                ShardState::Releasing { lease, attempt } if attempt.is_due(now) => {
                    (Purpose::Release { shard }, Request::Release(lease.clone()))
                }
                _ => continue,
            };
            let pending = Attempt::Pending(self.call(now, purpose, request));
            if let Some(
                ShardState::Reclaiming { attempt, .. }
                | ShardState::Loading { attempt, .. }
                | ShardState::Releasing { attempt, .. },
            ) = self.shards.get_mut(&shard)
            {
                *attempt = pending;
            }
        }
    }
}
