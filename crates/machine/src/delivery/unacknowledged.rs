//! Events that the consumer has and did not acknowledge yet.

use super::{Cursor, EventSession, Lane};
use std::time::Instant;

/// Names an event that the consumer has and did not acknowledge yet; made by
/// [`DeliveryTracker::hold`](super::DeliveryTracker::hold).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ticket {
    lane: Lane,
    index: usize,
    serial: u64,
}

impl Ticket {
    pub(super) const fn in_lane(mut self, lane: Lane) -> Self {
        self.lane = lane;
        self
    }

    pub(super) const fn lane(self) -> Lane {
        self.lane
    }
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
    /// The oldest entry of the current session, which come after those of lost ones.
    oldest_current: Option<usize>,
    /// The first of the free entries, which are linked by `newer`.
    free: Option<usize>,
    len: usize,
    /// The entries that will not be acknowledged.
    abandoned: usize,
    serials: u64,
}

#[derive(Debug)]
struct Entry {
    serial: u64,
    before: Cursor,
    delivered: Option<Instant>,
    state: EntryState,
    older: Option<usize>,
    newer: Option<usize>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum EntryState {
    Free,
    Held,
    /// It will not be acknowledged.
    Abandoned,
}

impl Unacknowledged {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The number of events that may still be acknowledged.
    pub(super) const fn awaited(&self) -> usize {
        self.len - self.abandoned
    }

    /// Adds the newest event, with the position right before it.
    pub(super) fn push(
        &mut self,
        before: Cursor,
        session: EventSession,
        delivered: Option<Instant>,
    ) -> Ticket {
        self.serials += 1;
        let entry = Entry {
            serial: self.serials,
            before,
            delivered,
            state: EntryState::Held,
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
        if session == EventSession::Current && self.oldest_current.is_none() {
            self.oldest_current = Some(index);
        }
        self.len += 1;
        Ticket {
            lane: Lane::Ordered,
            index,
            serial: self.serials,
        }
    }

    /// Removes an event. Returns `None` if it was removed before.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<()> {
        self.entry(ticket)?;
        self.remove_at(ticket.index);
        Some(())
    }

    /// Marks an event that will not be acknowledged. It stays only while a resume can bring it again.
    pub(super) fn abandon(&mut self, ticket: Ticket, current: &Cursor) {
        let Some(entry) = self.entry(ticket) else {
            return;
        };
        if entry.state == EntryState::Abandoned {
            return;
        }
        entry.state = EntryState::Abandoned;
        let is_lost = !entry.before.is_in_same_session(current);
        self.abandoned += 1;
        if is_lost {
            self.remove_at(ticket.index);
        }
    }

    /// Another session begins: no resume brings events of the others again.
    pub(super) fn start_session(&mut self) {
        self.oldest_current = None;
        let mut next = self.oldest;
        while let Some(index) = next {
            next = self.entries[index].newer;
            if self.entries[index].state == EntryState::Abandoned {
                self.remove_at(index);
            }
        }
    }

    /// Returns the position right before the oldest event of the current session.
    pub(super) fn oldest_current(&self) -> Option<&Cursor> {
        self.oldest_current.map(|index| &self.entries[index].before)
    }

    /// Returns the position right before the oldest event of any session.
    pub(super) fn oldest(&self) -> Option<&Cursor> {
        self.oldest.map(|index| &self.entries[index].before)
    }

    /// Returns when the oldest event was delivered that may still be acknowledged.
    pub(super) fn oldest_awaited(&self) -> Option<Instant> {
        let mut next = self.oldest;
        while let Some(index) = next {
            let entry = &self.entries[index];
            if entry.state == EntryState::Held {
                return entry.delivered;
            }
            next = entry.newer;
        }
        None
    }

    fn entry(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(ticket.index)?;
        let is_listed = entry.serial == ticket.serial && entry.state != EntryState::Free;
        is_listed.then_some(entry)
    }

    fn remove_at(&mut self, index: usize) {
        let entry = &mut self.entries[index];
        if entry.state == EntryState::Abandoned {
            self.abandoned -= 1;
        }
        entry.state = EntryState::Free;
        entry.before = Cursor::default();
        let (older, newer) = (entry.older, entry.newer);
        entry.newer = self.free.replace(index);
        match older {
            Some(older) => self.entries[older].newer = newer,
            None => self.oldest = newer,
        }
        match newer {
            Some(newer) => self.entries[newer].older = older,
            None => self.newest = older,
        }
        if self.oldest_current == Some(index) {
            self.oldest_current = newer;
        }
        self.len -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, EventSession, Ticket, Unacknowledged};
    use crate::{Session, random::Random};
    use std::collections::BTreeMap;

    fn at(session: &str, sequence: u64) -> Cursor {
        let session = Session::new(sequence, session.to_owned());
        Cursor::of(Some(&session), &Cursor::default())
    }

    fn sequence(cursor: Option<&Cursor>) -> Option<u64> {
        cursor?.sequence()
    }

    #[test]
    fn oldest_is_right_in_any_order_of_removal() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let mut list = Unacknowledged::default();
            let mut expected: BTreeMap<u64, Ticket> = BTreeMap::new();
            let mut removed = Vec::new();
            let (mut number, mut most) = (0, 0);
            for _ in 0..500 {
                if random.fraction() < 0.5 {
                    number += 1;
                    let ticket = list.push(at("s", number), EventSession::Current, None);
                    expected.insert(number, ticket);
                } else if !expected.is_empty() {
                    let nth = (random.fraction() * expected.len() as f64) as usize;
                    let key = *expected.keys().nth(nth % expected.len()).unwrap();
                    let ticket = expected.remove(&key).unwrap();
                    assert!(list.remove(ticket).is_some());
                    removed.push(ticket);
                }
                most = most.max(expected.len());
                let oldest = expected.keys().next().copied();
                assert_eq!(sequence(list.oldest()), oldest, "{seed}");
                assert_eq!(sequence(list.oldest_current()), oldest, "{seed}");
                assert_eq!(list.len(), expected.len(), "{seed}");
            }
            assert!(removed.iter().all(|ticket| list.remove(*ticket).is_none()));
            assert_eq!(list.entries.len(), most, "free entries are used again");
        }
    }

    #[test]
    fn events_of_lost_sessions_are_not_current() {
        let mut list = Unacknowledged::default();
        let lost = list.push(at("a", 3), EventSession::Current, None);
        list.start_session();
        assert_eq!(sequence(list.oldest_current()), None);
        let late = list.push(at("a", 4), EventSession::Lost, None);
        assert_eq!(sequence(list.oldest_current()), None);
        let first = list.push(at("b", 7), EventSession::Current, None);
        let second = list.push(at("b", 9), EventSession::Current, None);
        assert_eq!(sequence(list.oldest()), Some(3));
        assert_eq!(sequence(list.oldest_current()), Some(7));
        for (ticket, oldest, current) in [
            (first, Some(3), Some(9)),
            (lost, Some(4), Some(9)),
            (late, Some(9), Some(9)),
            (second, None, None),
        ] {
            assert!(list.remove(ticket).is_some());
            assert_eq!(sequence(list.oldest()), oldest);
            assert_eq!(sequence(list.oldest_current()), current);
        }
        assert_eq!(list.len(), 0);
    }

    #[test]
    fn abandoned_events_stay_while_a_resume_brings_them_again() {
        let mut list = Unacknowledged::default();
        let [abandoned, held] = [3, 4].map(|n| list.push(at("a", n), EventSession::Current, None));
        for _ in 0..2 {
            list.abandon(abandoned, &at("a", 9));
            assert_eq!((list.len(), list.awaited()), (2, 1));
        }
        list.start_session();
        assert_eq!((list.len(), list.awaited()), (1, 1));
        list.abandon(abandoned, &at("b", 1));
        assert_eq!((list.len(), list.awaited()), (1, 1));
        list.abandon(held, &at("b", 1));
        assert_eq!((list.len(), list.awaited()), (0, 0));
        assert!(list.remove(held).is_none());
    }
}
