//! What an engine would still know after a power failure.

use std::{collections::VecDeque, time::Duration};

/// How much can be forgotten.
const KEPT: Duration = Duration::from_secs(60);

/// The time between two copies.
const RESOLUTION: Duration = Duration::from_millis(100);

/// Copies of a state from its last minute.
#[derive(Debug)]
pub(super) struct History<T> {
    /// Each is the state right before its time.
    copies: VecDeque<(Duration, T)>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self {
            copies: VecDeque::new(),
        }
    }
}

impl<T: Clone> History<T> {
    /// Notes the state before a change.
    pub(super) fn before_change(&mut self, now: Duration, state: &T) {
        let last = self.copies.back();
        if last.is_some_and(|(at, _)| now < *at + RESOLUTION) {
            return;
        }
        self.copies.push_back((now, state.clone()));
        while let Some((at, _)) = self.copies.front()
            && *at + KEPT < now
        {
            self.copies.pop_front();
        }
    }

    /// Returns the state as of `cutoff`, without the changes since. `None` if there were none.
    pub(super) fn at(&mut self, cutoff: Duration) -> Option<T> {
        let from = self.copies.partition_point(|(at, _)| *at < cutoff);
        self.copies.drain(from..).next().map(|(_, state)| state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn changes_after_the_cutoff_are_forgotten() {
        let mut history = History::default();
        for second in 1..=100 {
            history.before_change(seconds(second), &second);
        }
        // Only the last minute is known.
        assert_eq!(history.at(seconds(2)), Some(40));
        assert_eq!(history.at(seconds(2)), None);
    }

    #[test]
    fn nothing_is_forgotten_without_a_change_since() {
        let mut history = History::default();
        history.before_change(seconds(1), &"before");
        assert_eq!(history.at(seconds(5)), None);
        assert_eq!(history.at(seconds(1)), Some("before"));
    }
}
