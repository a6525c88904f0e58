use std::{
    collections::{BTreeSet, HashSet},
    time::Instant,
};

use crate::ticket::Ticket;

/// The shards of one rate-limit key ([P11](gloaming_protocol::rules#p11)).
///
/// Shards identify in the order of their ids, within a round: a shard that was
/// granted a permit in this round waits for the next one, which starts when all
/// others were granted theirs. Without rounds, a shard that loses one session
/// after the other would keep those with larger ids waiting forever.
#[derive(Debug)]
pub(super) struct Bucket {
    waiting: BTreeSet<QueuedShard>,
    round: u64,
    /// Shards that were granted a permit in this round.
    served: HashSet<u32>,
    /// Leased permits. More than one only after `max_concurrency` was lowered.
    pub(super) leased: u32,
    /// When the spacing to the last identify ends.
    free_at: Instant,
    /// When the bucket last became non-empty.
    waiting_since: Instant,
}

/// A waiting shard; the order of the fields is the order of the queue.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct QueuedShard {
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
            waiting_since: now,
        }
    }

    pub(super) fn join(&mut self, now: Instant, shard: u32, ticket: Ticket) -> QueuedShard {
        if self.waiting.is_empty() {
            self.waiting_since = now;
        }
        let queued = QueuedShard {
            round: self.round + u64::from(self.served.contains(&shard)),
            shard,
            ticket,
        };
        self.waiting.insert(queued);
        queued
    }

    pub(super) fn leave(&mut self, queued: &QueuedShard) {
        self.waiting.remove(queued);
    }

    /// Removes the next shard, which is granted a permit.
    pub(super) fn pop(&mut self) -> Option<QueuedShard> {
        let queued = self.waiting.pop_first()?;
        if queued.round > self.round {
            self.round = queued.round;
            self.served.clear();
        }
        self.served.insert(queued.shard);
        Some(queued)
    }

    /// Puts a shard back at the place it had before it was granted a permit.
    pub(super) fn put_back(&mut self, queued: QueuedShard) -> QueuedShard {
        // `max_concurrency` may have changed, and the shard is in another bucket.
        let queued = QueuedShard {
            round: queued.round.min(self.round),
            ..queued
        };
        self.served.remove(&queued.shard);
        self.waiting.insert(queued);
        queued
    }

    /// Grants nothing before `until`.
    pub(super) fn block_until(&mut self, until: Instant) {
        self.free_at = self.free_at.max(until);
    }

    pub(super) const fn free_at(&self) -> Instant {
        self.free_at
    }

    /// Returns when the next shard may be granted a permit, unless no shard
    /// waits or a permit is leased.
    pub(super) fn ready_at(&self) -> Option<Instant> {
        (self.leased == 0 && !self.waiting.is_empty()).then(|| self.free_at.max(self.waiting_since))
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Returns the number of shards ahead of `queued`.
    pub(super) fn ahead_of(&self, queued: &QueuedShard) -> usize {
        self.waiting.range(..queued).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(bucket: &mut Bucket) -> Vec<u32> {
        std::iter::from_fn(|| bucket.pop())
            .map(|queued| queued.shard)
            .collect()
    }

    #[test]
    fn shards_are_granted_in_the_order_of_their_ids() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now);
        for (ticket, shard) in [48, 16, 32, 0].into_iter().enumerate() {
            bucket.join(now, shard, Ticket(ticket as u64));
        }
        assert_eq!(drain(&mut bucket), [0, 16, 32, 48]);
    }

    #[test]
    fn served_shard_waits_for_the_next_round() {
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
    fn served_shards_are_remembered_within_a_round() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now);
        for shard in 0..3 {
            bucket.join(now, shard, Ticket(shard.into()));
        }
        assert_eq!(bucket.pop().map(|queued| queued.shard), Some(0));
        assert_eq!(bucket.pop().map(|queued| queued.shard), Some(1));
        bucket.join(now, 0, Ticket(3));
        assert_eq!(drain(&mut bucket), [2, 0]);
    }

    #[test]
    fn every_shard_is_granted_once_per_round() {
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
        // Each shard joins again as soon as it was granted a permit.
        let mut granted = Vec::new();
        for _ in 0..9 {
            let shard = bucket.pop().unwrap().shard;
            granted.push(shard);
            join(&mut bucket, shard);
        }
        assert_eq!(granted, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn shard_of_a_later_round_keeps_its_place_in_a_new_bucket() {
        let now = Instant::now();
        let later = QueuedShard {
            round: 7,
            shard: 0,
            ticket: Ticket(0),
        };
        let mut bucket = Bucket::new(now);
        bucket.join(now, 1, Ticket(1));
        let queued = bucket.put_back(later);
        assert_eq!(bucket.ahead_of(&queued), 0);
        assert_eq!(drain(&mut bucket), [0, 1]);
    }
}
