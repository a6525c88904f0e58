//! The dispatches that a session can replay ([P20](gloaming_protocol::rules#p20)).

use std::collections::VecDeque;

use crate::payload::Dispatch;

/// The number of dispatches that are kept beyond the capacity, so that a replay in progress can continue while new
/// dispatches are made.
const MARGIN: usize = 1024;

/// The last dispatches of a session, sent or not. Their sequences are consecutive.
#[derive(Debug)]
pub(crate) struct ReplayBuffer {
    kept: VecDeque<Dispatch>,
    capacity: usize,
    newest: u64,
}

impl ReplayBuffer {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            kept: VecDeque::new(),
            capacity,
            newest: 0,
        }
    }

    pub(crate) fn push(&mut self, dispatch: Dispatch) {
        self.newest = dispatch.sequence;
        self.kept.push_back(dispatch);
        if self.kept.len() > self.capacity.saturating_add(MARGIN) {
            self.kept.pop_front();
        }
    }

    /// Removes and returns the newest dispatch if it has this name.
    pub(crate) fn pop_newest(&mut self, name: &str) -> Option<Dispatch> {
        if self.kept.back()?.name != name {
            return None;
        }
        let newest = self.kept.pop_back()?;
        self.newest = newest.sequence - 1;
        Some(newest)
    }

    /// The number of dispatches after `sequence`; `None` if that is more than the capacity.
    pub(crate) fn missed_after(&self, sequence: u64) -> Option<u64> {
        let missed = self.newest.saturating_sub(sequence);
        (missed <= self.capacity as u64).then_some(missed)
    }

    /// The dispatch that follows `sequence`; `None` if it does not exist yet or is no longer kept.
    pub(crate) fn next_after(&self, sequence: u64) -> Option<&Dispatch> {
        let oldest = self.kept.front()?.sequence;
        let at = (sequence + 1).checked_sub(oldest)?;
        self.kept.get(usize::try_from(at).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(capacity: usize, dispatches: u64) -> ReplayBuffer {
        let mut buffer = ReplayBuffer::new(capacity);
        for sequence in 1..=dispatches {
            buffer.push(Dispatch {
                name: "X".into(),
                sequence,
                data: "null".into(),
            });
        }
        buffer
    }

    fn replayed(buffer: &ReplayBuffer, mut sequence: u64) -> Vec<u64> {
        let mut sequences = Vec::new();
        while let Some(dispatch) = buffer.next_after(sequence) {
            sequence = dispatch.sequence;
            sequences.push(sequence);
        }
        sequences
    }

    #[test]
    fn replay_has_what_follows_the_sequence() {
        let buffer = buffer(10, 5);
        assert_eq!(buffer.missed_after(3), Some(2));
        assert_eq!(replayed(&buffer, 3), [4, 5]);
        assert_eq!(replayed(&buffer, 0), [1, 2, 3, 4, 5]);
        assert_eq!(
            (buffer.missed_after(5), replayed(&buffer, 5)),
            (Some(0), vec![])
        );
    }

    #[test]
    fn more_than_the_capacity_can_not_be_replayed() {
        let buffer = buffer(3, 5);
        assert_eq!(buffer.missed_after(2), Some(3));
        assert_eq!(buffer.missed_after(1), None);
    }

    #[test]
    fn capacity_of_zero_allows_a_resume_that_missed_nothing() {
        let buffer = buffer(0, 5);
        assert_eq!(buffer.missed_after(5), Some(0));
        assert_eq!(buffer.missed_after(4), None);
    }

    #[test]
    fn buffer_is_bounded() {
        let buffer = buffer(10, 5000);
        assert_eq!(buffer.kept.len(), 10 + MARGIN);
        assert!(buffer.next_after(5000 - 10 - MARGIN as u64).is_some());
        assert!(buffer.next_after(5000 - 11 - MARGIN as u64).is_none());
    }
}
