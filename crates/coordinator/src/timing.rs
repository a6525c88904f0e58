//! When a lease is renewed, and when its owner has to act as if it had ended.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

/// How long leases last, and how far clocks may differ.
///
/// The owner of a lease counts it as ended **before** another node can take it:
///
/// ```text
/// owner    sent                                        owner's end
///           ├──────────── ttl × (1 − skew) − margin ────────┤
///           └─► latency
/// engine        └──────────────────────── ttl ─────────────────────────┤ engine's end
/// ```
///
/// - The owner counts from the moment at which it **sent** the renewal, and the engine from the moment at which it had it.
/// - Two clocks may run at rates that differ by `skew`. Only rates matter; nobody compares what clocks show.
/// - The margin is the time that the owner has to stop.
///
/// With the default, a node that dies is known to be dead 6 to 10 s later, and its shards resume at once. A node may miss
/// two of its renewals.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LeaseTiming {
    ttl: Duration,
    renew_every: Duration,
    retry_every: Duration,
    skew_percent: u32,
    margin: Duration,
}

impl LeaseTiming {
    /// The default: a `ttl` of 9 s, renewed every 3 s, tried again every second, clocks that differ by 1 %, and a margin of
    /// half a second.
    pub const DEFAULT: Self = Self {
        ttl: Duration::from_secs(9),
        renew_every: Duration::from_secs(3),
        retry_every: Duration::from_secs(1),
        skew_percent: 1,
        margin: Duration::from_millis(500),
    };

    /// Checks and makes a timing. `ttl` is cut to whole seconds, since not every engine has shorter ones.
    ///
    /// `skew_percent` is how far the rates of two clocks may differ. Clocks that a time service adjusts differ by less than
    /// 0.1 %.
    ///
    /// # Errors
    ///
    /// Fails unless `ttl` is 3 s to 60 s, the owner's part of it is at least twice as long as `renew_every`, and
    /// `renew_every` is 100 ms or more.
    pub fn new(
        ttl: Duration,
        renew_every: Duration,
        skew_percent: u32,
        margin: Duration,
    ) -> Result<Self, LeaseTimingError> {
        let timing = Self {
            ttl: Duration::from_secs(ttl.as_secs()),
            renew_every,
            retry_every: (renew_every / 3).max(Duration::from_millis(50)),
            skew_percent,
            margin,
        };
        if !(3..=60).contains(&ttl.as_secs()) {
            return Err(LeaseTimingError::Ttl(ttl));
        }
        let owners = timing.owners_part();
        if renew_every < Duration::from_millis(100) || owners < renew_every * 2 {
            return Err(LeaseTimingError::Renewal {
                renew_every,
                owners_part: owners,
            });
        }
        Ok(timing)
    }

    /// Returns how long a lease lasts at the engine, in whole seconds.
    #[must_use]
    pub const fn ttl(&self) -> Duration {
        self.ttl
    }

    /// Returns the time from one renewal to the next.
    #[must_use]
    pub const fn renew_every(&self) -> Duration {
        self.renew_every
    }

    /// Returns how long a call to the engine may take, and the time until it is repeated without an answer.
    #[must_use]
    pub const fn retry_every(&self) -> Duration {
        self.retry_every
    }

    /// Returns how long the owner counts on the lease, from the moment at which it sent the renewal.
    #[must_use]
    pub fn owners_part(&self) -> Duration {
        let skewed = self.ttl * 100_u32.saturating_sub(self.skew_percent) / 100;
        skewed.saturating_sub(self.margin)
    }

    /// Returns when the owner of a lease has to act as if it had ended, if the last renewal that the engine answered was
    /// sent at `sent`.
    #[must_use]
    pub fn owners_end(&self, sent: Instant) -> Instant {
        sent + self.owners_part()
    }
}

impl Default for LeaseTiming {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Values of which no [`LeaseTiming`] can be made. The caller passed them, or the configuration has them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LeaseTimingError {
    /// The lease is too short for a network, or too long for a takeover.
    Ttl(Duration),
    /// A single renewal that is lost would end the lease.
    Renewal {
        /// The time between two renewals.
        renew_every: Duration,
        /// How long the owner counts on one of them.
        owners_part: Duration,
    },
}

impl Display for LeaseTimingError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ttl(ttl) => write!(
                f,
                "a lease can't last {} ms: configure 3 s to 60 s",
                ttl.as_millis()
            ),
            Self::Renewal {
                renew_every,
                owners_part,
            } => write!(
                f,
                "a lease on which its owner counts for {} ms can't be renewed every {} ms: configure 100 ms to half of \
                 the former",
                owners_part.as_millis(),
                renew_every.as_millis()
            ),
        }
    }
}

impl Error for LeaseTimingError {}

#[cfg(test)]
mod tests {
    use super::*;

    const MARGIN: Duration = Duration::from_millis(500);

    #[test]
    fn owner_gives_up_before_the_engine_even_if_its_clock_is_slow() {
        let timing = LeaseTiming::DEFAULT;
        // The owner's clock shows 99 s while 100 s pass at the engine.
        let at_engine = timing.owners_part() * 100 / 99;
        assert!(at_engine + Duration::from_millis(490) < timing.ttl());
        assert_eq!(timing.owners_part(), Duration::from_millis(8410));
    }

    #[test]
    fn default_passes_its_own_check() {
        let seconds = Duration::from_secs;
        let made = LeaseTiming::new(seconds(9), seconds(3), 1, MARGIN);
        assert_eq!(made, Ok(LeaseTiming::default()));
        let cut = LeaseTiming::new(Duration::from_millis(9_900), seconds(3), 1, MARGIN);
        assert_eq!(cut, made);
    }

    #[test]
    fn one_lost_renewal_must_not_end_the_lease() {
        let seconds = Duration::from_secs;
        let error = LeaseTiming::new(seconds(9), seconds(5), 1, MARGIN).unwrap_err();
        assert!(error.to_string().contains("8410 ms"), "{error}");
        let short = LeaseTiming::new(seconds(2), seconds(1), 1, MARGIN);
        assert_eq!(short, Err(LeaseTimingError::Ttl(seconds(2))));
        let fast = LeaseTiming::new(seconds(9), Duration::from_millis(99), 1, MARGIN);
        assert!(matches!(fast, Err(LeaseTimingError::Renewal { .. })));
        let skewed = LeaseTiming::new(seconds(9), seconds(3), 200, MARGIN);
        assert!(matches!(skewed, Err(LeaseTimingError::Renewal { .. })));
    }
}
