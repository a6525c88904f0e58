//! Virtual time.

use std::{
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

/// The virtual clock: an arbitrary start, and the time since then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    elapsed: Duration,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            origin: gloaming_test_support::start_of_time(),
            elapsed: Duration::ZERO,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.origin + self.elapsed
    }

    pub(crate) const fn elapsed(&self) -> Duration {
        self.elapsed
    }

    pub(crate) const fn set(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// Returns the time from the start to `instant`.
    pub(crate) fn offset(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.origin)
    }
}

/// Formats a time since the start for traces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DisplayTime(pub(crate) Duration);

impl Display for DisplayTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(
            f,
            "{hours}:{minutes:02}:{:02}.{:06}",
            seconds % 60,
            self.0.subsec_micros()
        )
    }
}
