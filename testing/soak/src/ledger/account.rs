//! One session.

use std::ops::Range;

/// Holes kept apart; what is missing beyond is only counted, and can't come late any more.
const MOST_HOLES: usize = 64;

/// How far one session was handed over.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) shard: u32,
    /// The highest sequence.
    last: u64,
    /// Below it, what did not come.
    holes: Vec<Range<u64>>,
    /// Missing beside the holes that are kept.
    missing_beyond: u64,
    pub(super) duplicated: u64,
    /// Came after what follows it.
    pub(super) late: u64,
    pub(super) told: Told,
}

/// Whether the shard told of what it lost with its session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Told {
    Gap,
    Nothing,
}

impl Account {
    pub(super) const fn new(shard: u32) -> Self {
        Self {
            shard,
            last: 0,
            holes: Vec::new(),
            missing_beyond: 0,
            duplicated: 0,
            late: 0,
            told: Told::Nothing,
        }
    }

    pub(super) fn numbered(&mut self, sequence: u64) {
        if sequence > self.last {
            self.miss(self.last + 1..sequence);
            self.last = sequence;
        } else if self.fill(sequence) {
            self.late += 1;
        } else {
            self.duplicated += 1;
        }
    }

    pub(super) const fn counted(&mut self) {
        self.last += 1;
    }

    /// Counting came to `last`, and this is what follows it.
    pub(super) fn anchor(&mut self, sequence: u64) {
        self.duplicated += (self.last + 1).saturating_sub(sequence);
        self.miss(self.last + 1..sequence);
        self.last = sequence;
    }

    pub(super) const fn tell_gap(&mut self) {
        self.told = Told::Gap;
    }

    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn missing(&self) -> u64 {
        let kept = self.holes.iter().map(|hole| hole.end - hole.start);
        kept.sum::<u64>() + self.missing_beyond
    }

    /// The last one before the first hole.
    pub(super) fn first_missing_after(&self) -> u64 {
        self.holes.first().map_or(self.last, |hole| hole.start - 1)
    }

    /// Each once.
    pub(super) fn delivered(&self) -> u64 {
        self.last.saturating_sub(self.missing())
    }

    fn miss(&mut self, hole: Range<u64>) {
        if hole.is_empty() {
            return;
        }
        if self.holes.len() < MOST_HOLES {
            self.holes.push(hole);
        } else {
            self.missing_beyond += hole.end - hole.start;
        }
    }

    /// Whether it was missing.
    fn fill(&mut self, sequence: u64) -> bool {
        let Some(at) = self.holes.iter().position(|hole| hole.contains(&sequence)) else {
            return false;
        };
        let Range { start, end } = self.holes.remove(at);
        for part in [sequence + 1..end, start..sequence] {
            if !part.is_empty() {
                self.holes.insert(at, part);
            }
        }
        true
    }
}
