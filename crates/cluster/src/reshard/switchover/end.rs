//! When a switch is over.

use super::{Listing, Phase, SessionProgress, ShardProgress, Stream, Switchover, index};
use crate::reshard::{
    AbortReason, EventScope, ShardSet, SwitchoverEnd, SwitchoverOutcome, stream_merge::Stage,
};
use std::time::Instant;

impl<T> Switchover<T> {
    /// Removes what has expired, and ends the switch if nothing is missing, or if there was no progress for too long.
    pub(super) fn check(&mut self, now: Instant) {
        let ready = |shard: &&ShardProgress| {
            matches!(
                shard.session,
                SessionProgress::Ready | SessionProgress::GuildsArrived { .. }
            )
        };
        let ready = self.shards.new.iter().filter(ready).count();
        let (mut waiting, mut merged) = (0, 0);
        let arrived: Vec<Option<Instant>> = self
            .shards
            .new
            .iter()
            .map(|shard| match shard.session {
                SessionProgress::GuildsArrived { at } => Some(at),
                _ => None,
            })
            .collect();
        let total = self.totals.new.get();
        self.each_stream(now, |scope, stream, cx| {
            stream.merge.receive(cx);
            // What the old set brings of a guild that is missing then was received.
            let arrived = arrived.get(index(scope.shard(total))).copied().flatten();
            let has_arrived = arrived.is_some_and(|at| cx.is_past(ShardSet::Old, at));
            waiting += usize::from(stream.is_missing(has_arrived));
            merged += usize::from(stream.merge.stage() == Stage::Merged);
        });
        self.streams.retain(|_, stream| {
            stream.listing == Listing::Required || !stream.merge.is_as_new(ShardSet::Old)
        });
        let shards = self.shards.new.len() - ready;
        let is_complete = waiting == 0 && shards == 0;
        let Phase::Running {
            deadline,
            progress,
            complete_since,
        } = &mut self.phase
        else {
            return;
        };
        if ready + merged > *progress {
            *progress = ready + merged;
            *deadline = now + self.settings.bounded_patience();
        }
        *complete_since = is_complete.then(|| complete_since.unwrap_or(now));
        let patience = self.settings.bounded_patience();
        let deadline = complete_since.map_or(*deadline, |since| since + patience);
        let is_over = deadline <= now;
        // All shards of the new set have to show that they are alive before the old set ends.
        if let Some(since) = *complete_since
            && self
                .shards
                .new
                .iter()
                .all(|shard| shard.receipt.includes(since))
        {
            return self.finish(now, SwitchoverEnd::Completed);
        }
        if is_over {
            let guilds = waiting;
            self.abort(now, AbortReason::Timeout { shards, guilds });
        }
    }

    pub(super) fn keep_limits(&mut self, now: Instant) {
        if self.tracked() > self.settings.max_tracked {
            self.abort(now, AbortReason::TooManyTracked);
        } else if self.held() > self.settings.max_held {
            self.abort(now, AbortReason::TooManyHeld);
        }
    }

    pub(super) fn abort(&mut self, now: Instant, reason: AbortReason) {
        if matches!(self.phase, Phase::Running { .. }) {
            self.finish(now, SwitchoverEnd::Aborted(reason));
        }
    }

    fn finish(&mut self, now: Instant, end: SwitchoverEnd) {
        let mut guilds = 0;
        self.each_stream(now, |scope, stream, cx| {
            let is_guild = matches!(scope, EventScope::Guild(_));
            guilds += usize::from(is_guild && stream.merge.stage() == Stage::Merged);
            // A guild that has not arrived is quiet, as an outage makes it.
            stream.merge.finish(cx, end.remaining());
        });
        self.phase = Phase::Finished {
            remaining: end.remaining(),
        };
        self.outcome = Some(SwitchoverOutcome {
            end,
            guilds,
            matched: self.counts.matched,
            unmatched: self.counts.unmatched,
            possible_gaps: self.counts.possible_gaps,
            duration: now.saturating_duration_since(self.started),
        });
        self.drain(now);
    }

    /// Forgets events whose copies can't arrive any more.
    pub(super) fn drain(&mut self, now: Instant) {
        self.each_stream(now, |_, stream, cx| stream.merge.expire(cx));
        self.streams.retain(|_, stream| !stream.merge.is_idle());
    }
}

impl<T> Stream<T> {
    /// Returns whether events would be lost if the old set ended now.
    fn is_missing(&self, has_arrived: bool) -> bool {
        match self.merge.stage() {
            Stage::Merged => false,
            Stage::Single { owner }
            | Stage::Joining { owner, .. }
            | Stage::CatchingUp { owner }
                if owner == ShardSet::New =>
            {
                false
            }
            // An outage keeps it from both sets.
            Stage::Single { .. } => {
                let is_awaited = self.listing == Listing::Required && !has_arrived;
                is_awaited || !self.merge.is_quiet(ShardSet::Old)
            }
            // The bot has left it while the old shard had no session.
            Stage::Joining { .. } => {
                self.listing == Listing::Required || !self.merge.is_abandoned()
            }
            Stage::CatchingUp { .. } => true,
        }
    }
}
