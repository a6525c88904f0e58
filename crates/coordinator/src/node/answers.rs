//! What the engine answers.

use super::{
    Answer, Attempt, CallId, LastCheckpoint, Link, Membership, Node, NodeOutput, NodeStopReason,
    Purpose, Serving, SessionSource, ShardState, StopKind, drain::Drain,
};
use crate::{
    fence::Fence,
    lease::ShardLease,
    leases::{AcquireOutcome, RenewOutcome},
    sessions::LoadOutcome,
};
use std::time::Instant;

impl Node {
    pub(super) fn handle_answer(&mut self, now: Instant, call: CallId, answer: Answer) {
        let Some(ended) = self.calls.end(call) else {
            return;
        };
        match ended.purpose {
            Purpose::Join => self.handle_joined(now, ended.sent, call, answer),
            Purpose::Renew => self.handle_renewed(now, ended.sent, call, answer),
            Purpose::Leave => {
                if matches!(answer, Answer::Left) {
                    self.leave(now);
                }
            }
            Purpose::Acquire { shard } => self.handle_acquired(now, shard, call, answer),
            Purpose::Load { shard } => self.handle_loaded(now, shard, call, answer),
            Purpose::Release { shard } => self.handle_released(now, shard, call, &answer),
        }
        self.has_changed = true;
    }

    fn handle_joined(&mut self, now: Instant, sent: Instant, call: CallId, answer: Answer) {
        if !matches!(self.membership, Membership::Outside { attempt: Some(id), .. } if id == call) {
            return;
        }
        match answer {
            Answer::Joined(lease) => self.joined(sent, lease),
            _ => {
                // Not sooner than one call per `retry_every`.
                let due = now.max(sent + self.config.timing.retry_every());
                self.membership = Membership::Outside { attempt: None, due };
            }
        }
    }

    fn handle_renewed(&mut self, now: Instant, sent: Instant, call: CallId, answer: Answer) {
        let is_current = self.membership.term().map(|term| term.renewal) == Some(Some(call));
        if !is_current {
            return;
        }
        match answer {
            Answer::Renewed(RenewOutcome::Renewed) => self.renewed(sent),
            Answer::Renewed(RenewOutcome::Ended) => self.lease_ended(now),
            _ => {
                if let Some(term) = self.membership.term_mut() {
                    term.renewal = None;
                    term.renew_at = now.max(sent + self.config.timing.retry_every());
                }
            }
        }
    }

    fn handle_acquired(&mut self, now: Instant, shard: u32, call: CallId, answer: Answer) {
        let link = match self.shards.get(&shard) {
            Some(ShardState::Acquiring { call: id }) if *id == call => None,
            Some(ShardState::Reclaiming { link, attempt })
                if *attempt == Attempt::Pending(call) =>
            {
                Some(*link)
            }
            _ => return,
        };
        match answer {
            Answer::Acquired(AcquireOutcome::Granted(lease)) => {
                self.note_fence(shard, lease.fence);
                self.granted(now, shard, link, lease);
            }
            Answer::Acquired(AcquireOutcome::Held(lease)) => {
                self.note_fence(shard, lease.fence);
                self.shards.remove(&shard);
                if matches!(link, Some(Link::Connected { .. })) {
                    let by = lease.holder.node;
                    self.stop(shard, StopKind::AtOnce, NodeStopReason::TakenOver { by });
                }
            }
            answer => {
                let attempt = Attempt::DueAt(now + self.config.timing.retry_every());
                match link {
                    Some(link) => {
                        let state = ShardState::Reclaiming { link, attempt };
                        self.shards.insert(shard, state);
                    }
                    None => {
                        self.shards.remove(&shard);
                    }
                }
                if matches!(answer, Answer::Acquired(AcquireOutcome::NodeEnded)) {
                    self.lease_ended(now);
                }
            }
        }
    }

    fn granted(&mut self, now: Instant, shard: u32, link: Option<Link>, lease: ShardLease) {
        let is_current = self.membership.term().map(|term| &term.lease) == Some(&lease.holder);
        let attempt = Attempt::DueAt(now);
        let state = match link {
            Some(link) if !is_current => ShardState::Reclaiming { link, attempt },
            None if !is_current => {
                self.shards.remove(&shard);
                return;
            }
            Some(Link::Stopped) | None if self.drain != Drain::No => {
                ShardState::Releasing { lease, attempt }
            }
            link => ShardState::Loading {
                lease,
                link: link.unwrap_or(Link::Stopped),
                attempt,
            },
        };
        self.shards.insert(shard, state);
        self.make_calls(now);
    }

    fn handle_loaded(&mut self, now: Instant, shard: u32, call: CallId, answer: Answer) {
        let (lease, link) = match self.shards.get(&shard) {
            Some(ShardState::Loading {
                lease,
                link,
                attempt,
            }) if *attempt == Attempt::Pending(call) => (lease.clone(), *link),
            _ => return,
        };
        let own = self.remembered.get(&shard).and_then(|known| known.own);
        let session = match answer {
            // A session is never given up for a call that failed.
            _ if self.membership.proven(now).is_none() => None,
            Answer::Loaded(LoadOutcome::Stored(stored)) => match own {
                Some(own) if own >= stored.fence => Some(SessionSource::Own),
                _ => Some(SessionSource::Stored(stored)),
            },
            Answer::Loaded(LoadOutcome::Nothing) => match own {
                Some(_) => Some(SessionSource::Own),
                None => Some(SessionSource::Nothing),
            },
            Answer::Loaded(LoadOutcome::Fenced { by }) => {
                self.note_fence(shard, by);
                let attempt = Attempt::DueAt(now);
                let state = ShardState::Reclaiming { link, attempt };
                self.shards.insert(shard, state);
                return;
            }
            _ => None,
        };
        match session {
            Some(session) => self.loaded(now, shard, lease, link, session),
            None => {
                let attempt = Attempt::DueAt(now + self.config.timing.retry_every());
                let state = ShardState::Loading {
                    lease,
                    link,
                    attempt,
                };
                self.shards.insert(shard, state);
            }
        }
    }

    /// A shard starts, or goes on if it runs and no other node had it in between.
    fn loaded(
        &mut self,
        now: Instant,
        shard: u32,
        lease: ShardLease,
        link: Link,
        session: SessionSource,
    ) {
        let fence = lease.fence;
        let since = match link {
            Link::Connected { since } => since,
            Link::Stopped => now,
        };
        self.note_served(shard, fence);
        let serving = Serving {
            lease,
            since,
            resumed_in_silence: None,
        };
        if link != Link::Stopped && session == SessionSource::Own {
            self.outputs.push_back(NodeOutput::Refence { shard, fence });
        } else {
            if link != Link::Stopped {
                self.stop(shard, StopKind::AtOnce, NodeStopReason::Replaced);
            }
            self.outputs.push_back(NodeOutput::Start {
                shard,
                fence,
                session,
            });
        }
        self.shards.insert(shard, ShardState::Serving(serving));
    }

    fn handle_released(&mut self, now: Instant, shard: u32, call: CallId, answer: &Answer) {
        let state = self.shards.get_mut(&shard);
        if let Some(ShardState::Releasing { attempt, .. }) = state
            && *attempt == Attempt::Pending(call)
        {
            if matches!(answer, Answer::Released) {
                self.shards.remove(&shard);
            } else {
                *attempt = Attempt::DueAt(now + self.config.timing.retry_every());
            }
        }
    }

    pub(super) fn handle_stopped(&mut self, now: Instant, shard: u32, checkpoint: LastCheckpoint) {
        let Some(ShardState::Stopping(serving)) = self.shards.get(&shard) else {
            return;
        };
        let serving = serving.clone();
        let lease = serving.lease.clone();
        let is_kept = checkpoint == LastCheckpoint::Failed && !self.drain.is_over(now);
        let attempt = Attempt::DueAt(now);
        let state = if !is_kept {
            ShardState::Releasing { lease, attempt }
        } else if self.membership.proven(now) == Some(&lease.holder) {
            self.outputs.push_back(NodeOutput::Start {
                shard,
                fence: lease.fence,
                session: SessionSource::Own,
            });
            ShardState::Serving(Serving {
                since: now,
                ..serving
            })
        } else {
            // Another node may have it by now.
            let link = Link::Stopped;
            ShardState::Reclaiming { link, attempt }
        };
        self.shards.insert(shard, state);
        self.has_changed = true;
    }

    pub(super) fn handle_fenced(&mut self, now: Instant, shard: u32, by: Fence) {
        self.note_fence(shard, by);
        if let Some(ShardState::Serving(serving)) = self.shards.get(&shard)
            && serving.lease.fence < by
        {
            self.doubt(now, shard);
        }
    }
}
