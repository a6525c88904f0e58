//! How many bytes a task decodes before other tasks run.

/// The number of bytes of payloads, inflated, after which other tasks run.
///
/// tokio lets a task read 128 frames in a row. Of usual events, which have 1 to 2 KiB, those end the turn first. These bytes
/// take about a millisecond to decode, beside which the cost of another turn does not show. The last message of a turn may
/// exceed them, up to the size limit of the decoder.
const BYTES_PER_TURN: usize = 256 * 1024;

/// The bytes that were decoded in this turn of the task.
#[derive(Debug, Default)]
pub(super) struct ReadBudget {
    decoded: usize,
}

impl ReadBudget {
    /// Counts inflated bytes of a message.
    pub(super) const fn spend(&mut self, bytes: usize) {
        self.decoded = self.decoded.saturating_add(bytes);
    }

    /// Begins a turn: other tasks could run.
    pub(super) const fn renew(&mut self) {
        self.decoded = 0;
    }

    pub(super) const fn is_exhausted(&self) -> bool {
        self.decoded >= BYTES_PER_TURN
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES_PER_TURN, ReadBudget};

    #[test]
    fn budget_ends_with_the_message_that_exceeds_it() {
        let mut budget = ReadBudget::default();
        budget.spend(BYTES_PER_TURN - 1);
        assert!(!budget.is_exhausted());
        budget.spend(1);
        assert!(budget.is_exhausted());
        budget.spend(usize::MAX);
        assert!(budget.is_exhausted());
        budget.renew();
        assert!(!budget.is_exhausted());
    }
}
