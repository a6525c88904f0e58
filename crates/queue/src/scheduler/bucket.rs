use std::{
    collections::{BTreeSet, HashSet},
    time::Instant,
};

use crate::Ticket;

/// The shards of one rate-limit key (P11).
///
/// Shards start in the order of their ids. So that a shard which loses one
/// session after the other can't keep those with larger ids from ever starting,
/// the order holds within a round: a shard that had its turn in this round
/// waits for the next, which starts when all others had theirs.
#[derive(Debug)]
pub(super) struct Bucket {
    waiting: BTreeSet<Place>,
    round: u64,
    /// Shards that had their turn in this round.
    served: HashSet<u32>,
    /// Permits out on lease. More than one only after `max_concurrency` shrank.
    pub(super) leased: u32,
    free_at: Instant,
    /// When the first of those waiting came.
    since: Instant,
}

/// A place in line; the order of the fields is the order of the line.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    round: u64,
    pub(super) shard: u32,
    pub(super) ticket: Ticket,
}

impl Bucket {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            waiting: BTreeSet::new(),
            round: 0,
            served: HashSet::new(),
            leased: 0,
            free_at: now,
            since: now,
        }
    }

    pub(super) fn join(&mut self, now: Instant, shard: u32, ticket: Ticket) -> Place {
        if self.waiting.is_empty() {
            self.since = now;
        }
        let place = Place {
            round: self.round + u64::from(self.served.contains(&shard)),
            shard,
            ticket,
        };
        self.waiting.insert(place);
        place
    }

    pub(super) fn leave(&mut self, place: &Place) {
        self.waiting.remove(place);
    }

    /// Gives the next in line its turn.
    pub(super) fn pop(&mut self) -> Option<Place> {
        let place = self.waiting.pop_first()?;
        if place.round > self.round {
            self.round = place.round;
            self.served.clear();
        }
        self.served.insert(place.shard);
        Some(place)
    }

    /// Keeps the bucket shut until `until`.
    pub(super) fn shut(&mut self, until: Instant) {
        self.free_at = self.free_at.max(until);
    }

    pub(super) const fn free_at(&self) -> Instant {
        self.free_at
    }

    /// When the next in line may have its turn, unless there is none or a
    /// permit is out.
    pub(super) fn ready_at(&self) -> Option<Instant> {
        (self.leased == 0 && !self.waiting.is_empty()).then(|| self.free_at.max(self.since))
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How many come before `place`.
    pub(super) fn ahead_of(&self, place: &Place) -> usize {
        self.waiting.range(..place).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(bucket: &mut Bucket) -> Vec<u32> {
        std::iter::from_fn(|| bucket.pop())
            .map(|place| place.shard)
            .collect()
    }

    #[test]
    fn shards_start_in_the_order_of_their_ids() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now);
        for (ticket, shard) in [48, 16, 32, 0].into_iter().enumerate() {
            bucket.join(now, shard, Ticket(ticket as u64));
        }
        assert_eq!(drain(&mut bucket), [0, 16, 32, 48]);
    }

    #[test]
    fn a_shard_that_had_its_turn_does_not_overtake() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now);
        bucket.join(now, 0, Ticket(0));
        assert_eq!(drain(&mut bucket), [0]);
        for (ticket, shard) in [0, 2, 1].into_iter().enumerate() {
            bucket.join(now, shard, Ticket(10 + ticket as u64));
        }
        assert_eq!(drain(&mut bucket), [1, 2, 0]);
    }

    #[test]
    fn whose_turn_is_over_is_remembered_while_others_have_theirs() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now);
        for shard in 0..3 {
            bucket.join(now, shard, Ticket(shard.into()));
        }
        assert_eq!(bucket.pop().map(|place| place.shard), Some(0));
        assert_eq!(bucket.pop().map(|place| place.shard), Some(1));
        bucket.join(now, 0, Ticket(3));
        assert_eq!(drain(&mut bucket), [2, 0]);
    }

    #[test]
    fn nobody_has_a_second_turn_before_all_had_their_first() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now);
        let mut ticket = 0;
        let mut join = |bucket: &mut Bucket, shard| {
            bucket.join(now, shard, Ticket(ticket));
            ticket += 1;
        };
        for shard in 0..3 {
            join(&mut bucket, shard);
        }
        // Each is back in line as soon as it had its turn.
        let mut turns = Vec::new();
        for _ in 0..9 {
            let shard = bucket.pop().unwrap().shard;
            turns.push(shard);
            join(&mut bucket, shard);
        }
        assert_eq!(turns, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    }
}
