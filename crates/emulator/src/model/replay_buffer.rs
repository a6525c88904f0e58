//! The dispatches that a session can be sent again (P20).

use std::collections::VecDeque;

use super::frame::Dispatch;

/// The last dispatches of a session, sent or not.
#[derive(Debug)]
pub(super) struct ReplayBuffer {
    kept: VecDeque<Dispatch>,
    capacity: usize,
    /// Sequence of the newest dispatch that is no longer kept.
    forgotten: u64,
}

impl ReplayBuffer {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            kept: VecDeque::new(),
            capacity,
            forgotten: 0,
        }
    }

    pub(super) fn push(&mut self, dispatch: Dispatch) {
        self.kept.push_back(dispatch);
        while self.kept.len() > self.capacity {
            if let Some(oldest) = self.kept.pop_front() {
                self.forgotten = oldest.sequence;
            }
        }
    }

    /// Everything after `sequence`; `None` if some of it is no longer kept.
    pub(super) fn after(&self, sequence: u64) -> Option<Vec<Dispatch>> {
        if sequence < self.forgotten {
            return None;
        }
        let known = self
            .kept
            .partition_point(|dispatch| dispatch.sequence <= sequence);
        Some(self.kept.range(known..).cloned().collect())
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

    fn sequences(dispatches: &[Dispatch]) -> Vec<u64> {
        dispatches
            .iter()
            .map(|dispatch| dispatch.sequence)
            .collect()
    }

    #[test]
    fn gives_what_came_after() {
        let buffer = buffer(10, 5);
        assert_eq!(sequences(&buffer.after(3).unwrap()), [4, 5]);
        assert_eq!(sequences(&buffer.after(0).unwrap()), [1, 2, 3, 4, 5]);
        assert!(buffer.after(5).unwrap().is_empty());
    }

    #[test]
    fn says_when_too_much_was_missed() {
        let buffer = buffer(3, 5);
        assert_eq!(sequences(&buffer.after(2).unwrap()), [3, 4, 5]);
        assert!(buffer.after(1).is_none());
    }

    #[test]
    fn without_room_only_a_client_that_missed_nothing_is_served() {
        let buffer = buffer(0, 5);
        assert!(buffer.after(5).unwrap().is_empty());
        assert!(buffer.after(4).is_none());
    }
}
