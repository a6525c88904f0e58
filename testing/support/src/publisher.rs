//! Events at a steady rate.

use crate::start_of_time as now;
use std::time::{Duration, Instant};
use tokio::{
    sync::watch,
    task::{JoinError, JoinHandle},
    time::{MissedTickBehavior, interval},
};

const TICK: Duration = Duration::from_millis(2);

/// After a pause of the whole process, the events of this time are sent at once, and the others not at all.
const MAX_DEBT: Duration = Duration::from_millis(100);

/// Makes events happen until it is stopped.
#[derive(Debug)]
pub struct Publisher {
    stop: watch::Sender<bool>,
    task: JoinHandle<u64>,
}

impl Publisher {
    /// `publish` is called with 1, 2, 3 and so on, `rate` times per second.
    pub fn start(rate: u64, mut publish: impl FnMut(u64) + Send + 'static) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut pace = Pace::new(now(), rate);
            let mut ticks = interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut published = 0;
            loop {
                tokio::select! {
                    biased;
                    _ = stopped.changed() => return published,
                    _ = ticks.tick() => {
                        for _ in 0..pace.due(now()) {
                            published += 1;
                            publish(published);
                        }
                    }
                }
            }
        });
        Self { stop, task }
    }

    /// Returns the number of events that have happened. No further one does.
    ///
    /// # Errors
    ///
    /// Fails if `publish` has panicked.
    pub async fn stop(self) -> Result<u64, JoinError> {
        self.stop.send_replace(true);
        self.task.await
    }
}

/// How many events are due.
#[derive(Debug)]
struct Pace {
    rate: u64,
    /// The time up to which events were due.
    until: Instant,
}

impl Pace {
    const fn new(now: Instant, rate: u64) -> Self {
        Self { rate, until: now }
    }

    fn due(&mut self, now: Instant) -> u64 {
        if let Some(earliest) = now.checked_sub(MAX_DEBT) {
            self.until = self.until.max(earliest);
        }
        let elapsed = now.saturating_duration_since(self.until);
        let due = u128::from(self.rate) * elapsed.as_nanos() / 1_000_000_000;
        let due = u64::try_from(due).unwrap_or(u64::MAX);
        // What is left of the time counts later.
        self.until += Duration::from_nanos(due.saturating_mul(1_000_000_000) / self.rate);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use crate::start_of_time;
    use std::time::Duration;

    #[test]
    fn rate_is_kept_over_uneven_ticks() {
        let start = start_of_time();
        let mut pace = Pace::new(start, 700);
        let (mut now, mut due) = (start, 0);
        for millis in [1, 2, 3, 50, 7].repeat(100) {
            now += Duration::from_millis(millis);
            due += pace.due(now);
        }
        let expected = 700 * 63 / 10;
        assert!((expected - 1..=expected).contains(&due), "{due}");
    }

    #[test]
    fn events_of_a_long_pause_are_left_out() {
        let start = start_of_time();
        let mut pace = Pace::new(start, 1_000);
        let now = start + Duration::from_secs(60);
        assert_eq!(pace.due(now), 100);
        assert_eq!(pace.due(now + Duration::from_millis(10)), 10);
    }
}
