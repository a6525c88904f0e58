//! How many bytes a task decodes before other tasks run.

/// The number of bytes of payloads, inflated, after which other tasks run.
///
/// tokio lets a task read 128 frames in a row. Of usual events, which have 1 to 2 KiB, those end the turn first. These bytes
/// take about a millisecond to decode, beside which the cost of another turn does not show. The last message of a turn may
/// exceed them, up to the size limit of the decoder.
const BYTES_PER_TURN: usize = 256 * 1024;

/// How often a shard lends its large buffers between two quiet times. One that has still more to read is busy for long, and
/// would copy what is in them each time.
const MAX_LOANS: u8 = 4;

/// The bytes that were decoded in this turn of the task.
#[derive(Debug, Default)]
pub(super) struct ReadBudget {
    decoded: usize,
    /// The turns that ended with more to read since the last quiet time.
    busy_turns: u8,
}

/// What a shard that has more to read does with its large buffers while other tasks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Buffers {
    /// Others may use them.
    Lent,
    Kept,
}

impl ReadBudget {
    /// Counts inflated bytes of a message.
    pub(super) const fn spend(&mut self, bytes: usize) {
        self.decoded = self.decoded.saturating_add(bytes);
    }

    /// Ends the turn, as there is nothing more to read.
    pub(super) const fn caught_up(&mut self) {
        self.decoded = 0;
    }

    /// Ends the turn, although there may be more to read.
    pub(super) const fn end_turn(&mut self) {
        self.decoded = 0;
        self.busy_turns = self.busy_turns.saturating_add(1);
    }

    /// There is no connection, or nothing has arrived for some time.
    pub(super) const fn quiet(&mut self) {
        self.busy_turns = 0;
    }

    /// What to do with large buffers at the end of a turn.
    pub(super) const fn buffers(&self) -> Buffers {
        match self.busy_turns {
            ..=MAX_LOANS => Buffers::Lent,
            _ => Buffers::Kept,
        }
    }

    pub(super) const fn is_exhausted(&self) -> bool {
        self.decoded >= BYTES_PER_TURN
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES_PER_TURN, Buffers, MAX_LOANS, ReadBudget};

    #[test]
    fn budget_ends_with_the_message_that_exceeds_it() {
        let mut budget = ReadBudget::default();
        budget.spend(BYTES_PER_TURN - 1);
        assert!(!budget.is_exhausted());
        budget.spend(1);
        assert!(budget.is_exhausted());
        budget.spend(usize::MAX);
        assert!(budget.is_exhausted());
        budget.end_turn();
        assert!(!budget.is_exhausted());
    }

    #[test]
    fn buffers_are_lent_in_the_first_turns_after_a_quiet_time() {
        let mut budget = ReadBudget::default();
        for _ in 0..2 {
            for _ in 0..MAX_LOANS {
                budget.end_turn();
                assert_eq!(budget.buffers(), Buffers::Lent);
            }
            for _ in 0..300 {
                budget.end_turn();
                assert_eq!(budget.buffers(), Buffers::Kept);
                budget.caught_up();
            }
            budget.quiet();
        }
    }
}
