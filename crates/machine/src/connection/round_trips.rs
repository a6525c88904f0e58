//! Which heartbeat an ACK answers.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How many heartbeats are told apart that wait for their ACK. There is one, unless the ACKs are not read.
const MAX_TRACKED: usize = 64;

/// The heartbeats that are not acknowledged. ACKs have no number, and come in the order of the heartbeats: the next one answers
/// the first of these.
#[derive(Debug, Default)]
pub(super) struct RoundTrips {
    sent: VecDeque<Instant>,
    /// Heartbeats after these, of which the times are not kept.
    untracked: u32,
    last: Option<Instant>,
}

impl RoundTrips {
    /// A heartbeat was sent.
    pub(super) fn sent(&mut self, now: Instant) {
        self.last = Some(now);
        if self.untracked == 0 && self.sent.len() < MAX_TRACKED {
            self.sent.push_back(now);
        } else {
            self.untracked = self.untracked.saturating_add(1);
        }
    }

    /// An ACK arrived. Returns the round trip, if it is known.
    pub(super) fn acknowledged(&mut self, now: Instant) -> Option<Duration> {
        match self.sent.pop_front() {
            Some(sent) => Some(now.saturating_duration_since(sent)),
            None => {
                self.untracked = self.untracked.saturating_sub(1);
                None
            }
        }
    }

    /// Forgets the heartbeats that were sent before a time: the server has left out their ACKs. Otherwise, each later ACK would
    /// be counted for an earlier heartbeat.
    pub(super) fn forget_before(&mut self, time: Instant) {
        while self.sent.front().is_some_and(|sent| *sent < time) {
            self.sent.pop_front();
        }
        if self.last.is_none_or(|last| last < time) {
            self.untracked = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_TRACKED, RoundTrips};
    use crate::test_instant;
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn acks_answer_the_heartbeats_in_their_order() {
        let now = test_instant();
        let mut trips = RoundTrips::default();
        trips.sent(now);
        trips.sent(now + SECOND);
        assert_eq!(trips.acknowledged(now + 3 * SECOND), Some(3 * SECOND));
        trips.sent(now + 4 * SECOND);
        assert_eq!(
            trips.acknowledged(now + 5 * SECOND),
            Some(4 * SECOND),
            "it answers the second heartbeat, not the third"
        );
        assert_eq!(trips.acknowledged(now + 5 * SECOND), Some(SECOND));
        assert_eq!(trips.acknowledged(now + 6 * SECOND), None, "one too many");
    }

    #[test]
    fn times_beyond_the_limit_are_not_kept_and_shift_no_ack() {
        let now = test_instant();
        let mut trips = RoundTrips::default();
        for _ in 0..MAX_TRACKED + 2 {
            trips.sent(now);
        }
        for _ in 0..MAX_TRACKED {
            assert_eq!(trips.acknowledged(now + SECOND), Some(SECOND));
        }
        trips.sent(now + SECOND);
        for _ in 0..3 {
            assert_eq!(trips.acknowledged(now + 2 * SECOND), None);
        }
        trips.sent(now + 3 * SECOND);
        assert_eq!(trips.acknowledged(now + 4 * SECOND), Some(SECOND));
    }

    #[test]
    fn heartbeats_whose_acks_are_left_out_are_forgotten() {
        let now = test_instant();
        let mut trips = RoundTrips::default();
        for second in 0..=MAX_TRACKED {
            trips.sent(now + SECOND * u32::try_from(second).unwrap());
        }
        trips.forget_before(now + SECOND * 10);
        let later = now + SECOND * 100;
        assert_eq!(trips.acknowledged(later), Some(90 * SECOND));
        trips.forget_before(later);
        assert_eq!(trips.acknowledged(later), None);
        trips.sent(later);
        assert_eq!(trips.acknowledged(later + SECOND), Some(SECOND));
    }
    #[test]
    fn heartbeats_without_a_time_are_forgotten_after_the_last_was() {
        let now = test_instant();
        let last = now + SECOND;
        let beyond_the_limit = || {
            let mut trips = RoundTrips::default();
            for _ in 0..MAX_TRACKED {
                trips.sent(now);
            }
            trips.sent(last);
            trips
        };
        let mut trips = beyond_the_limit();
        trips.forget_before(now);
        for _ in 0..MAX_TRACKED {
            trips.acknowledged(last);
        }
        trips.sent(last + SECOND);
        assert_eq!(trips.acknowledged(last + SECOND), None, "of the last one");

        let mut trips = beyond_the_limit();
        trips.forget_before(last);
        trips.sent(last + SECOND);
        assert_eq!(trips.acknowledged(last + SECOND), None, "of the last one");

        let mut trips = beyond_the_limit();
        trips.forget_before(last + SECOND);
        trips.sent(last + SECOND);
        assert_eq!(trips.acknowledged(last + 2 * SECOND), Some(SECOND));
    }
}
