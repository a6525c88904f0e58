//! The pace of identifies (P11) and the daily limit on session starts (P12).

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use gloaming_protocol::limits::SESSION_START_PERIOD;

use crate::settings::Settings;

/// How an IDENTIFY stands to both limits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Start {
    /// Within both, and counted.
    Granted,
    /// Too soon after another of the same rate-limit key.
    TooSoon,
    /// None are left today.
    Exhausted,
}

#[derive(Debug)]
pub(super) struct SessionStarts {
    max_concurrency: u32,
    interval: Duration,
    /// When each rate-limit key was last used.
    used: BTreeMap<u32, Instant>,
    total: u32,
    remaining: u32,
    period_began: Instant,
}

impl SessionStarts {
    pub(super) fn new(now: Instant, settings: &Settings) -> Self {
        Self {
            max_concurrency: settings.max_concurrency.max(1),
            interval: settings.identify_interval,
            used: BTreeMap::new(),
            total: settings.session_starts_total,
            remaining: settings
                .session_starts_remaining
                .min(settings.session_starts_total),
            period_began: now,
        }
    }

    pub(super) fn start(&mut self, now: Instant, shard: u32) -> Start {
        self.roll_over(now);
        if self.remaining == 0 {
            return Start::Exhausted;
        }
        let key = shard % self.max_concurrency;
        // A twentieth of slack: a client counts from when it sent, the network may have held up the last one.
        let least = self.interval - self.interval / 20;
        if self
            .used
            .get(&key)
            .is_some_and(|at| now.duration_since(*at) < least)
        {
            return Start::TooSoon;
        }
        self.used.insert(key, now);
        self.remaining -= 1;
        Start::Granted
    }

    /// What REST says: how many are left, and for how long.
    pub(super) fn remaining(&mut self, now: Instant) -> (u32, Duration) {
        self.roll_over(now);
        let reset_after = (self.period_began + SESSION_START_PERIOD).saturating_duration_since(now);
        (self.remaining, reset_after)
    }

    fn roll_over(&mut self, now: Instant) {
        while now.duration_since(self.period_began) >= SESSION_START_PERIOD {
            self.period_began += SESSION_START_PERIOD;
            self.remaining = self.total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(now: Instant, max_concurrency: u32, left: u32) -> SessionStarts {
        SessionStarts::new(
            now,
            &Settings {
                max_concurrency,
                session_starts_remaining: left,
                ..Settings::default()
            },
        )
    }

    #[test]
    fn each_key_has_a_pace_of_its_own() {
        let now = Instant::now();
        let mut starts = starts(now, 2, 1000);
        assert_eq!(starts.start(now, 0), Start::Granted);
        assert_eq!(starts.start(now, 1), Start::Granted);
        assert_eq!(
            starts.start(now + Duration::from_secs(1), 2),
            Start::TooSoon
        );
        assert_eq!(
            starts.start(now + Duration::from_secs(5), 1),
            Start::Granted
        );
    }

    #[test]
    fn a_day_later_there_are_more() {
        let now = Instant::now();
        let mut starts = starts(now, 1, 1);
        assert_eq!(starts.start(now, 0), Start::Granted);
        assert_eq!(
            starts.start(now + Duration::from_secs(10), 0),
            Start::Exhausted
        );
        let next_day = now + SESSION_START_PERIOD;
        assert_eq!(starts.remaining(next_day).0, 1000);
        assert_eq!(starts.start(next_day, 0), Start::Granted);
    }
}
