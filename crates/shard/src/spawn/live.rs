//! What changes with every event. Observers read it without a publication for each.

use crate::driver::clock;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Times and figures, each in an atomic of its own.
#[derive(Debug)]
pub(super) struct LiveFigures {
    epoch: Instant,
    last_frame: AtomicTime,
    untouched_since: AtomicTime,
    lag_measured: AtomicTime,
    lag_millis: AtomicU64,
}

/// A time in microseconds after the epoch, plus one; zero for none.
#[derive(Debug, Default)]
struct AtomicTime(AtomicU64);

/// The time from the creation of an event at Discord to its delivery to the consumer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EventLag {
    /// The time from the timestamp in the id of the event's object to the delivery. Zero if the clock of this machine is
    /// behind Discord's.
    pub lag: Duration,
    /// When it was measured.
    pub measured: Instant,
}

impl LiveFigures {
    pub(super) fn new() -> Self {
        Self {
            epoch: clock::now(),
            last_frame: AtomicTime::default(),
            untouched_since: AtomicTime::default(),
            lag_measured: AtomicTime::default(),
            lag_millis: AtomicU64::new(0),
        }
    }

    /// A frame arrived, if one did.
    pub(super) fn set_last_frame(&self, at: Option<Instant>) {
        if at.is_some() {
            self.last_frame.set(self.epoch, at);
        }
    }

    pub(super) fn last_frame(&self) -> Option<Instant> {
        self.last_frame.get(self.epoch)
    }

    /// The buffer is full, and the consumer took its last item now. Returns the time.
    pub(super) fn buffer_is_full(&self) -> Instant {
        let now = clock::now();
        self.untouched_since.set(self.epoch, Some(now));
        now
    }

    pub(super) fn buffer_has_room(&self) {
        self.untouched_since.set(self.epoch, None);
    }

    /// Returns since when the buffer is full and the consumer takes nothing.
    pub(super) fn untouched_since(&self) -> Option<Instant> {
        self.untouched_since.get(self.epoch)
    }

    /// Records the lag of an event that the consumer takes now. Returns the time.
    pub(super) fn set_lag(&self, lag: Duration) -> Instant {
        let now = clock::now();
        let millis = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
        self.lag_millis.store(millis, Ordering::Relaxed);
        self.lag_measured.set(self.epoch, Some(now));
        now
    }

    pub(super) fn lag(&self) -> Option<EventLag> {
        let measured = self.lag_measured.get(self.epoch)?;
        let lag = Duration::from_millis(self.lag_millis.load(Ordering::Relaxed));
        Some(EventLag { lag, measured })
    }
}

impl AtomicTime {
    fn set(&self, epoch: Instant, at: Option<Instant>) {
        let micros = at.map_or(0, |at| {
            let after = at.saturating_duration_since(epoch).as_micros();
            u64::try_from(after).unwrap_or(u64::MAX).saturating_add(1)
        });
        self.0.store(micros, Ordering::Relaxed);
    }

    fn get(&self, epoch: Instant) -> Option<Instant> {
        let micros = self.0.load(Ordering::Relaxed).checked_sub(1)?;
        epoch.checked_add(Duration::from_micros(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::{AtomicTime, LiveFigures};
    use crate::driver::clock::now;
    use std::time::Duration;

    #[test]
    fn atomic_times_are_exact_to_the_microsecond() {
        let epoch = now();
        let time = AtomicTime::default();
        assert_eq!(time.get(epoch), None);
        for micros in [0, 1, 1_000_000, 1 << 50] {
            let at = epoch + Duration::from_micros(micros);
            time.set(epoch, Some(at));
            assert_eq!(time.get(epoch), Some(at));
        }
        time.set(epoch, None);
        assert_eq!(time.get(epoch), None);
    }

    #[test]
    fn figures_are_unknown_before_they_are_measured() {
        let figures = LiveFigures::new();
        assert_eq!((figures.last_frame(), figures.lag()), (None, None));
        figures.set_last_frame(None);
        assert_eq!(figures.last_frame(), None);
        figures.set_lag(Duration::from_millis(42));
        assert_eq!(figures.lag().unwrap().lag, Duration::from_millis(42));
    }
}
