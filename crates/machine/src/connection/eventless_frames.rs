//! The bound on frames that bring no event.

use gloaming_protocol::limits::{EVENTLESS_FRAMES_AT_ONCE, EVENTLESS_FRAMES_PER_SECOND};
use std::time::{Duration, Instant};

/// The time after which one more frame is allowed.
const PERIOD: Duration = Duration::from_secs(1)
    .checked_div(EVENTLESS_FRAMES_PER_SECOND)
    .expect("the number is not zero");

/// Whether a server sends what a gateway does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FrameRate {
    Usual,
    /// More than any gateway sends.
    Flood,
}

/// Counts the frames of a connection that bring no event: a leaky bucket.
#[derive(Debug, Default)]
pub(super) struct EventlessFrames {
    count: u32,
    /// The time until which the bucket has leaked.
    leaked: Option<Instant>,
}

impl EventlessFrames {
    /// Counts a frame.
    pub(super) fn count(&mut self, now: Instant) -> FrameRate {
        let leaked = self.leaked.get_or_insert(now);
        let periods = now.saturating_duration_since(*leaked).as_nanos() / PERIOD.as_nanos();
        match u32::try_from(periods) {
            Ok(periods) if periods < self.count => {
                self.count -= periods;
                *leaked += PERIOD * periods;
            }
            _ => {
                self.count = 0;
                *leaked = now;
            }
        }
        self.count += 1;
        match self.count > EVENTLESS_FRAMES_AT_ONCE {
            true => FrameRate::Flood,
            false => FrameRate::Usual,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EventlessFrames, FrameRate, PERIOD};
    use crate::test_instant;
    use gloaming_protocol::limits::{EVENTLESS_FRAMES_AT_ONCE, EVENTLESS_FRAMES_PER_SECOND};
    use std::time::Duration;

    #[test]
    fn frames_at_once_are_bounded() {
        let now = test_instant();
        let mut frames = EventlessFrames::default();
        for n in 0..EVENTLESS_FRAMES_AT_ONCE {
            assert_eq!(frames.count(now), FrameRate::Usual, "{n}");
        }
        assert_eq!(frames.count(now), FrameRate::Flood);
    }

    #[test]
    fn frames_at_the_allowed_rate_go_on_for_ever() {
        let mut now = test_instant();
        let mut frames = EventlessFrames::default();
        for _ in 0..EVENTLESS_FRAMES_AT_ONCE {
            frames.count(now);
        }
        for n in 0..EVENTLESS_FRAMES_PER_SECOND * 60 {
            now += PERIOD;
            assert_eq!(frames.count(now), FrameRate::Usual, "{n}");
        }
        assert_eq!(frames.count(now), FrameRate::Flood);
    }

    #[test]
    fn parts_of_a_period_add_up() {
        let mut now = test_instant();
        let mut frames = EventlessFrames::default();
        // Four frames in three periods.
        let counts = (1_u32..).find(|_| {
            now += PERIOD * 3 / 4;
            frames.count(now) == FrameRate::Flood
        });
        let expected = EVENTLESS_FRAMES_AT_ONCE * 4;
        assert!(
            counts.is_some_and(|counts| counts.abs_diff(expected) < 10),
            "{counts:?}"
        );
    }

    #[test]
    fn a_pause_is_not_saved_up() {
        let mut now = test_instant();
        let mut frames = EventlessFrames::default();
        frames.count(now);
        now += Duration::from_secs(u64::from(u32::MAX));
        for _ in 0..EVENTLESS_FRAMES_AT_ONCE {
            assert_eq!(frames.count(now), FrameRate::Usual);
        }
        assert_eq!(frames.count(now), FrameRate::Flood);
    }

    /// The bucket was empty before the next frame came.
    #[test]
    fn a_part_of_a_period_is_not_saved_up() {
        let mut now = test_instant();
        let mut frames = EventlessFrames::default();
        frames.count(now);
        now += PERIOD * 3 / 2;
        for _ in 0..EVENTLESS_FRAMES_AT_ONCE {
            assert_eq!(frames.count(now), FrameRate::Usual);
        }
        now += PERIOD / 2;
        assert_eq!(frames.count(now), FrameRate::Flood);
    }
}
