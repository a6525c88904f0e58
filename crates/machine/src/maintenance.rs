//! When the driver looks after everything but reading.

use std::time::{Duration, Instant};

/// The longest time that commands and writing wait while one frame follows another. Maintenance takes longer
/// than reading a small event.
const INTERVAL: Duration = Duration::from_millis(1);

/// Commands, the connection, permits, timers and writing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Maintenance {
    /// Something happened that may have made work.
    Due,
    /// There was no more work, and maintenance is due again at this time.
    DueAt(Instant),
}

impl Maintenance {
    /// Whether maintenance is due, with a timer set to `deadline`.
    pub(crate) fn is_due(self, now: Instant, deadline: Option<Instant>) -> bool {
        match self {
            Self::Due => true,
            Self::DueAt(at) => now >= at || deadline.is_some_and(|deadline| deadline <= now),
        }
    }

    /// There was no more work at that time.
    pub(crate) fn done(now: Instant) -> Self {
        Self::DueAt(now + INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use super::{INTERVAL, Maintenance};
    use crate::test_instant;

    #[test]
    fn maintenance_waits_while_frames_follow_each_other() {
        let now = test_instant();
        let done = Maintenance::done(now);
        assert!(Maintenance::Due.is_due(now, None));
        assert!(!done.is_due(now + INTERVAL / 2, None));
        assert!(done.is_due(now + INTERVAL, None));
    }

    #[test]
    fn maintenance_does_not_wait_past_a_deadline() {
        let now = test_instant();
        let done = Maintenance::done(now);
        assert!(!done.is_due(now, Some(now + INTERVAL)));
        assert!(done.is_due(now, Some(now)));
    }
}
