//! The rate limit of identifies ([P11](gloaming_protocol::rules#p11)) and the daily limit of session starts
//! ([P12](gloaming_protocol::rules#p12)).

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use gloaming_protocol::limits::SESSION_START_PERIOD;

use crate::settings::Settings;

/// Whether an IDENTIFY is within the limits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum IdentifyVerdict {
    /// Within both limits, and counted.
    Allowed,
    /// Too soon after another with the same rate limit key.
    TooSoon,
    /// No session starts are left for the day.
    Exhausted,
}

/// The limits of identifies.
#[derive(Debug)]
pub(crate) struct IdentifyLimits {
    max_concurrency: u32,
    interval: Duration,
    /// When each rate limit key was last used.
    last_used: BTreeMap<u32, Instant>,
    total: u32,
    remaining: u32,
    period_start: Instant,
}

impl IdentifyLimits {
    /// The limits of a day that begins at `now`.
    pub(crate) fn new(now: Instant, settings: &Settings) -> Self {
        Self {
            max_concurrency: settings.max_concurrency.max(1),
            interval: settings.identify_interval,
            last_used: BTreeMap::new(),
            total: settings.session_starts_total,
            remaining: settings
                .session_starts_remaining
                .min(settings.session_starts_total),
            period_start: now,
        }
    }

    /// A shard identifies.
    pub(crate) fn identify(&mut self, now: Instant, shard: u32) -> IdentifyVerdict {
        self.start_new_period(now);
        if self.remaining == 0 {
            return IdentifyVerdict::Exhausted;
        }
        let key = shard % self.max_concurrency;
        // A client measures from when it sent the last IDENTIFY, which the network may have delayed: 5 % are tolerated.
        let min_interval = self.interval - self.interval / 20;
        if self
            .last_used
            .get(&key)
            .is_some_and(|at| now.duration_since(*at) < min_interval)
        {
            return IdentifyVerdict::TooSoon;
        }
        self.last_used.insert(key, now);
        self.remaining -= 1;
        IdentifyVerdict::Allowed
    }

    /// The number of session starts that are left, and the time until the day is over.
    pub(crate) fn remaining(&mut self, now: Instant) -> (u32, Duration) {
        self.start_new_period(now);
        let reset_after = (self.period_start + SESSION_START_PERIOD).saturating_duration_since(now);
        (self.remaining, reset_after)
    }

    fn start_new_period(&mut self, now: Instant) {
        while now.duration_since(self.period_start) >= SESSION_START_PERIOD {
            self.period_start += SESSION_START_PERIOD;
            self.remaining = self.total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(now: Instant, max_concurrency: u32, remaining: u32) -> IdentifyLimits {
        IdentifyLimits::new(
            now,
            &Settings {
                max_concurrency,
                session_starts_remaining: remaining,
                ..Settings::default()
            },
        )
    }

    #[test]
    fn each_key_has_its_own_rate_limit() {
        let now = Instant::now();
        let mut limits = limits(now, 2, 1000);
        let after = |seconds| now + Duration::from_secs(seconds);
        assert_eq!(limits.identify(now, 0), IdentifyVerdict::Allowed);
        assert_eq!(limits.identify(now, 1), IdentifyVerdict::Allowed);
        assert_eq!(limits.identify(after(1), 2), IdentifyVerdict::TooSoon);
        assert_eq!(limits.identify(after(5), 1), IdentifyVerdict::Allowed);
    }

    #[test]
    fn daily_limit_is_renewed_after_a_day() {
        let now = Instant::now();
        let mut limits = limits(now, 1, 1);
        assert_eq!(limits.identify(now, 0), IdentifyVerdict::Allowed);
        let later = now + Duration::from_secs(10);
        assert_eq!(limits.identify(later, 0), IdentifyVerdict::Exhausted);
        let next_day = now + SESSION_START_PERIOD;
        assert_eq!(limits.remaining(next_day).0, 1000);
        assert_eq!(limits.identify(next_day, 0), IdentifyVerdict::Allowed);
    }
}
