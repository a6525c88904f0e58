use std::ops::Range;

/// The number of missing ranges that are kept. Events missing beyond them are only counted, and can't be
/// recognized as out of order.
const MAX_RANGES: usize = 64;

/// The deliveries of one session.
#[derive(Debug)]
pub(super) struct Deliveries {
    pub(super) shard: u32,
    /// The highest sequence number.
    last: u64,
    /// The ranges below it that were not delivered.
    missing_ranges: Vec<Range<u64>>,
    /// Events missing beyond the ranges that are kept.
    missing_beyond: u64,
    pub(super) duplicated: u64,
    /// Delivered after a later event.
    pub(super) out_of_order: u64,
    pub(super) gap: Gap,
}

/// Whether the shard reported that the rest of the session is lost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Gap {
    Reported,
    NotReported,
}

impl Deliveries {
    pub(super) const fn new(shard: u32) -> Self {
        Self {
            shard,
            last: 0,
            missing_ranges: Vec::new(),
            missing_beyond: 0,
            duplicated: 0,
            out_of_order: 0,
            gap: Gap::NotReported,
        }
    }

    pub(super) fn sequenced(&mut self, sequence: u64) {
        if sequence > self.last {
            self.add_missing(self.last + 1..sequence);
            self.last = sequence;
        } else if self.fill(sequence) {
            self.out_of_order += 1;
        } else {
            self.duplicated += 1;
        }
    }

    pub(super) const fn unsequenced(&mut self) {
        self.last += 1;
    }

    /// The event after those counted so far has this sequence number.
    pub(super) fn marker(&mut self, sequence: u64) {
        self.duplicated += (self.last + 1).saturating_sub(sequence);
        self.add_missing(self.last + 1..sequence);
        self.last = sequence;
    }

    pub(super) const fn gap_reported(&mut self) {
        self.gap = Gap::Reported;
    }

    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn missing(&self) -> u64 {
        let kept = self
            .missing_ranges
            .iter()
            .map(|range| range.end - range.start);
        kept.sum::<u64>() + self.missing_beyond
    }

    /// Returns the sequence number before the first missing event.
    pub(super) fn first_missing_after(&self) -> u64 {
        self.missing_ranges
            .first()
            .map_or(self.last, |range| range.start - 1)
    }

    /// Returns the number of delivered events, without duplicates.
    pub(super) fn delivered(&self) -> u64 {
        self.last.saturating_sub(self.missing())
    }

    fn add_missing(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        if self.missing_ranges.len() < MAX_RANGES {
            self.missing_ranges.push(range);
        } else {
            self.missing_beyond += range.end - range.start;
        }
    }

    /// Removes a sequence number from the missing ranges. Returns whether it was missing.
    fn fill(&mut self, sequence: u64) -> bool {
        let Some(at) = self
            .missing_ranges
            .iter()
            .position(|range| range.contains(&sequence))
        else {
            return false;
        };
        let Range { start, end } = self.missing_ranges.remove(at);
        for part in [sequence + 1..end, start..sequence] {
            if !part.is_empty() {
                self.missing_ranges.insert(at, part);
            }
        }
        true
    }
}
