//! When a waiting shard will have its turn, told by playing the queue forward.

use std::{cmp::Reverse, collections::BinaryHeap, time::Instant};

use super::{
    Scheduler,
    bucket::{Bucket, Place},
};
use crate::{IDENTIFY_SPACING, Position, WaitReason};

/// Assumes that permits which are out are spent now, and each later one as soon
/// as it is granted.
pub(super) fn position(scheduler: &Scheduler, now: Instant, place: &Place) -> Position {
    let key = scheduler.key(place.shard);
    let bucket = &scheduler.buckets[&key];
    let rank = bucket.ahead_of(place);
    let turn = nth_turn(opens_at(bucket, now).max(now), rank);

    let enough = usize::try_from(scheduler.grantable()).unwrap_or(usize::MAX);
    let granted_at = if scheduler.waiting <= enough {
        turn
    } else {
        with_budget(scheduler, now, key, rank)
    };
    Position {
        ahead: u32::try_from(rank)
            .unwrap_or(u32::MAX)
            .saturating_add(bucket.leased),
        estimate: granted_at.saturating_duration_since(now),
        reason: if granted_at > turn {
            WaitReason::Budget
        } else {
            WaitReason::Turn
        },
    }
}

fn opens_at(bucket: &Bucket, now: Instant) -> Instant {
    if bucket.leased > 0 {
        bucket.free_at().max(now + IDENTIFY_SPACING)
    } else {
        bucket.free_at()
    }
}

fn nth_turn(first: Instant, rank: usize) -> Instant {
    first + IDENTIFY_SPACING * u32::try_from(rank).unwrap_or(u32::MAX)
}

/// Plays every bucket forward until `key` has had `rank` turns and the next
/// comes.
fn with_budget(scheduler: &Scheduler, now: Instant, key: u16, mut rank: usize) -> Instant {
    let mut budget = scheduler.budget.clone();
    budget.advance(now);
    for _ in &scheduler.leases {
        budget.spend(now);
    }
    let mut turns = scheduler
        .buckets
        .iter()
        .filter(|(_, bucket)| bucket.len() > 0)
        .map(|(key, bucket)| {
            let at = bucket.ready_at().unwrap_or_else(|| opens_at(bucket, now));
            Reverse((at, *key, bucket.len()))
        })
        .collect::<BinaryHeap<_>>();
    let mut clock = now;
    while let Some(Reverse((at, turn_of, left))) = turns.pop() {
        clock = clock.max(at);
        budget.advance(clock);
        if budget.spendable() == 0 {
            clock = budget.grows_at(clock);
            budget.advance(clock);
            if budget.spendable() == 0 {
                // The reserve is all there is: no later instant is any better.
                return clock;
            }
        }
        if turn_of == key {
            if rank == 0 {
                return clock;
            }
            rank -= 1;
        }
        budget.spend(clock);
        if left > 1 {
            turns.push(Reverse((clock + IDENTIFY_SPACING, turn_of, left - 1)));
        }
    }
    clock
}
