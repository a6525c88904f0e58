//! Events that the consumer has and did not acknowledge yet.

/// Names an event that the consumer has and did not acknowledge yet; made by
/// [`DeliveryTracker::hold`](super::DeliveryTracker::hold).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ticket {
    index: usize,
    serial: u64,
}

/// The positions right before unacknowledged events, in the order of their delivery.
///
/// Adding, removing and asking for the oldest take constant time. Memory is that of the most events that were
/// unacknowledged at once.
#[derive(Debug, Default)]
pub(super) struct Unacknowledged {
    /// A doubly linked list in a slab.
    entries: Vec<Entry>,
    oldest: Option<usize>,
    newest: Option<usize>,
    /// The first of the free entries, which are linked by `newer`.
    free: Option<usize>,
    len: usize,
    serials: u64,
}

#[derive(Debug)]
struct Entry {
    /// `None` if the entry is free.
    serial: Option<u64>,
    sequence_before: u64,
    older: Option<usize>,
    newer: Option<usize>,
}

impl Unacknowledged {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Adds the newest event.
    pub(super) fn push(&mut self, sequence_before: u64) -> Ticket {
        self.serials += 1;
        let entry = Entry {
            serial: Some(self.serials),
            sequence_before,
            older: self.newest,
            newer: None,
        };
        let index = match self.free {
            Some(index) => {
                self.free = self.entries[index].newer;
                self.entries[index] = entry;
                index
            }
            None => {
                self.entries.push(entry);
                self.entries.len() - 1
            }
        };
        match self.newest {
            Some(newest) => self.entries[newest].newer = Some(index),
            None => self.oldest = Some(index),
        }
        self.newest = Some(index);
        self.len += 1;
        Ticket {
            index,
            serial: self.serials,
        }
    }

    /// Removes an event. Returns `None` if it was removed before.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<()> {
        let entry = self.entries.get_mut(ticket.index)?;
        if entry.serial != Some(ticket.serial) {
            return None;
        }
        entry.serial = None;
        let (older, newer) = (entry.older, entry.newer);
        entry.newer = self.free.replace(ticket.index);
        match older {
            Some(older) => self.entries[older].newer = newer,
            None => self.oldest = newer,
        }
        match newer {
            Some(newer) => self.entries[newer].older = older,
            None => self.newest = older,
        }
        self.len -= 1;
        Some(())
    }

    /// Returns the sequence right before the oldest event.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.oldest.map(|index| self.entries[index].sequence_before)
    }

    /// Removes all events. Serials go on, so that earlier tickets name nothing.
    pub(super) fn clear(&mut self) {
        *self = Self {
            serials: self.serials,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Ticket, Unacknowledged};
    use crate::random::Random;
    use std::collections::BTreeMap;

    #[test]
    fn oldest_is_right_in_any_order_of_removal() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let mut list = Unacknowledged::default();
            let mut expected: BTreeMap<u64, Ticket> = BTreeMap::new();
            let mut removed = Vec::new();
            let (mut sequence, mut most) = (0, 0);
            for _ in 0..500 {
                if random.fraction() < 0.5 {
                    sequence += 1;
                    expected.insert(sequence, list.push(sequence));
                } else if !expected.is_empty() {
                    let nth = (random.fraction() * expected.len() as f64) as usize;
                    let key = *expected.keys().nth(nth % expected.len()).unwrap();
                    let ticket = expected.remove(&key).unwrap();
                    assert!(list.remove(ticket).is_some());
                    removed.push(ticket);
                }
                most = most.max(expected.len());
                assert_eq!(list.oldest(), expected.keys().next().copied(), "{seed}");
                assert_eq!(list.len(), expected.len(), "{seed}");
            }
            assert!(removed.iter().all(|ticket| list.remove(*ticket).is_none()));
            assert_eq!(list.entries.len(), most, "free entries are used again");
        }
    }

    #[test]
    fn tickets_from_before_a_clear_name_nothing() {
        let mut list = Unacknowledged::default();
        let before = list.push(3);
        list.clear();
        assert_eq!((list.oldest(), list.len()), (None, 0));
        let after = list.push(7);
        assert!(list.remove(before).is_none());
        assert_eq!(list.oldest(), Some(7));
        assert!(list.remove(after).is_some());
    }
}
