//! The dispatches that a session can be sent again (P20).

use std::collections::VecDeque;

use super::payload_text::Dispatch;

/// Dispatches kept beyond the capacity, for a replay to be sent from while more of them are made.
const LEEWAY: usize = 1024;

/// The last dispatches of a session, sent or not. Their sequences have no gaps.
#[derive(Debug)]
pub(super) struct ReplayBuffer {
    kept: VecDeque<Dispatch>,
    capacity: usize,
    newest: u64,
}

impl ReplayBuffer {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            kept: VecDeque::new(),
            capacity,
            newest: 0,
        }
    }

    pub(super) fn push(&mut self, dispatch: Dispatch) {
        self.newest = dispatch.sequence;
        self.kept.push_back(dispatch);
        if self.kept.len() > self.capacity.saturating_add(LEEWAY) {
            self.kept.pop_front();
        }
    }

    /// Takes back the newest dispatch, if it has that name.
    pub(super) fn take_back(&mut self, name: &str) -> Option<Dispatch> {
        if self.kept.back()?.name != name {
            return None;
        }
        let newest = self.kept.pop_back()?;
        self.newest = newest.sequence - 1;
        Some(newest)
    }

    /// How many dispatches a client missed whose last one is `sequence`; `None` if they are more than the buffer's.
    pub(super) fn missed_after(&self, sequence: u64) -> Option<u64> {
        let missed = self.newest.saturating_sub(sequence);
        (missed <= self.capacity as u64).then_some(missed)
    }

    /// The dispatch that follows `sequence`; `None` if it was not made yet or is no longer kept.
    pub(super) fn next_after(&self, sequence: u64) -> Option<&Dispatch> {
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
    fn gives_what_came_after() {
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
    fn says_when_too_much_was_missed() {
        let buffer = buffer(3, 5);
        assert_eq!(buffer.missed_after(2), Some(3));
        assert_eq!(buffer.missed_after(1), None);
    }

    #[test]
    fn without_room_only_a_client_that_missed_nothing_is_served() {
        let buffer = buffer(0, 5);
        assert_eq!(buffer.missed_after(5), Some(0));
        assert_eq!(buffer.missed_after(4), None);
    }

    #[test]
    fn is_bounded() {
        let buffer = buffer(10, 5000);
        assert_eq!(buffer.kept.len(), 10 + LEEWAY);
        assert!(buffer.next_after(5000 - 10 - LEEWAY as u64).is_some());
        assert!(buffer.next_after(5000 - 11 - LEEWAY as u64).is_none());
    }
}
