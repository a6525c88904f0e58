//! The position of a waiting shard, estimated by simulating the queue.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    time::{Duration, Instant},
};

use super::{
    bucket::{Bucket, QueuedShard},
    budget::Budget,
};
use crate::{
    limits::IDENTIFY_SPACING,
    position::{Position, WaitReason},
};

/// The state of a scheduler that an estimate depends on.
pub(super) struct Estimator<'a> {
    pub(super) now: Instant,
    pub(super) buckets: &'a HashMap<u16, Bucket>,
    pub(super) budget: &'a Budget,
    /// The number of waiting shards.
    pub(super) waiting: usize,
    /// The number of leased permits.
    pub(super) leased: usize,
    /// The number of permits that may be granted now.
    pub(super) grantable: u32,
}

impl Estimator<'_> {
    /// Returns the position of `queued` in the bucket of `key`.
    ///
    /// Assumes that leased permits are spent now, and each later permit as soon
    /// as it is granted.
    pub(super) fn position(&self, key: u16, queued: &QueuedShard) -> Position {
        let bucket = &self.buckets[&key];
        let ahead = bucket.ahead_of(queued);
        let by_concurrency = self.opens_at(bucket).max(self.now) + spacing(ahead);
        let grantable = usize::try_from(self.grantable).unwrap_or(usize::MAX);
        let granted_at = if self.waiting <= grantable {
            by_concurrency
        } else {
            self.simulate(key, ahead)
        };
        Position {
            ahead: u32::try_from(ahead)
                .unwrap_or(u32::MAX)
                .saturating_add(bucket.leased),
            estimate: granted_at.saturating_duration_since(self.now),
            reason: if granted_at > by_concurrency {
                WaitReason::Budget
            } else {
                WaitReason::Concurrency
            },
        }
    }

    fn opens_at(&self, bucket: &Bucket) -> Instant {
        if bucket.leased > 0 {
            bucket.free_at().max(self.now + IDENTIFY_SPACING)
        } else {
            bucket.free_at()
        }
    }

    /// Simulates all buckets until that of `key` has granted `ahead` permits,
    /// and returns when it grants the next.
    fn simulate(&self, key: u16, mut ahead: usize) -> Instant {
        let mut budget = self.budget.clone();
        budget.advance(self.now);
        for _ in 0..self.leased {
            budget.spend(self.now);
        }
        let mut grants = self
            .buckets
            .iter()
            .filter(|(_, bucket)| bucket.len() > 0)
            .map(|(key, bucket)| {
                let at = bucket.ready_at().unwrap_or_else(|| self.opens_at(bucket));
                Reverse((at, *key, bucket.len()))
            })
            .collect::<BinaryHeap<_>>();
        let mut clock = self.now;
        while let Some(Reverse((at, grant_key, left))) = grants.pop() {
            clock = clock.max(at);
            budget.advance(clock);
            if budget.spendable() == 0 {
                clock = budget.refills_at(clock);
                budget.advance(clock);
                if budget.spendable() == 0 {
                    // Only the reserve is left, now and at any later time.
                    return clock;
                }
            }
            if grant_key == key {
                if ahead == 0 {
                    return clock;
                }
                ahead -= 1;
            }
            budget.spend(clock);
            if left > 1 {
                grants.push(Reverse((clock + IDENTIFY_SPACING, grant_key, left - 1)));
            }
        }
        clock
    }
}

/// Returns the time that `shards` identifies of one bucket take.
fn spacing(shards: usize) -> Duration {
    IDENTIFY_SPACING * u32::try_from(shards).unwrap_or(u32::MAX)
}
