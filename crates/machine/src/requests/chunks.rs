//! Which chunks of a reply have arrived.

use std::collections::BTreeSet;

/// The most chunks remembered out of order: more than any guild has.
const MOST_EARLY: usize = 65_536;

/// The chunks that have arrived. Its size grows with the chunks out of order, not with the announced count.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    /// All chunks before this one have arrived.
    next: u32,
    /// The chunks that arrived out of order.
    early: BTreeSet<u32>,
    count: u32,
}

/// How a chunk relates to those before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Arrival {
    Another,
    /// The last outstanding chunk.
    Last,
    /// It arrived before.
    Duplicate,
}

impl Chunks {
    pub(super) fn arrived(&mut self, index: u32, count: u32) -> Arrival {
        if index < self.next || self.early.len() >= MOST_EARLY || !self.early.insert(index) {
            return Arrival::Duplicate;
        }
        while self.early.remove(&self.next) {
            self.next = self.next.saturating_add(1);
        }
        // A count below what arrived is wrong.
        self.count = self.count.max(count).max(index.saturating_add(1));
        if self.next == self.count {
            Arrival::Last
        } else {
            Arrival::Another
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Chunks};

    fn arrivals(indexes: &[u32], count: u32) -> Vec<Arrival> {
        let mut chunks = Chunks::default();
        indexes
            .iter()
            .map(|index| chunks.arrived(*index, count))
            .collect()
    }

    #[test]
    fn the_last_missing_one_ends_it_in_any_order() {
        use Arrival::{Another, Duplicate, Last};
        assert_eq!(arrivals(&[0], 1), [Last]);
        assert_eq!(arrivals(&[0, 1, 2], 3), [Another, Another, Last]);
        assert_eq!(arrivals(&[2, 0, 1], 3), [Another, Another, Last]);
        assert_eq!(
            arrivals(&[1, 1, 0, 0, 2], 3),
            [Another, Duplicate, Another, Duplicate, Last]
        );
    }

    #[test]
    fn an_odd_count_is_survived() {
        assert_eq!(arrivals(&[0], 0), [Arrival::Last]);
        assert_eq!(arrivals(&[u32::MAX], u32::MAX), [Arrival::Another]);
        let mut chunks = Chunks::default();
        assert_eq!(chunks.arrived(1, 1), Arrival::Another);
        assert_eq!(chunks.arrived(0, 1), Arrival::Last);
    }
}
