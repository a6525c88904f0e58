//! How long to wait before connecting again.

use super::random::Random;
use std::time::Duration;

/// Exponential backoff with full jitter.
///
/// The first reconnect is immediate. A success does not reset the count, only a session that held
/// for a while does: a server that accepts and then closes must not be met with a hot loop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BackoffPolicy {
    /// Upper bound of the second wait; doubles with each further failure. Default 1 s.
    pub base: Duration,
    /// Upper bound of every wait. Default 60 s.
    pub cap: Duration,
}

impl Default for BackoffPolicy {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
        }
    }
}

#[derive(Debug)]
pub(super) struct Backoff {
    policy: BackoffPolicy,
    attempts: u32,
}

impl Backoff {
    pub(super) const fn new(policy: BackoffPolicy) -> Self {
        Self {
            policy,
            attempts: 0,
        }
    }

    /// Failures since the last stable session.
    pub(super) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Counts a failure and returns the wait that it earns.
    pub(super) fn next(&mut self, random: &mut Random) -> Duration {
        let bound = match self.attempts {
            0 => Duration::ZERO,
            n => self
                .policy
                .base
                .saturating_mul(1u32.checked_shl(n - 1).unwrap_or(u32::MAX))
                .min(self.policy.cap),
        };
        self.attempts = self.attempts.saturating_add(1);
        random.below(bound)
    }

    pub(super) const fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, BackoffPolicy};
    use crate::machine::random::Random;
    use std::time::Duration;

    #[test]
    fn first_is_immediate_then_bounds_double_up_to_the_cap() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let mut backoff = Backoff::new(BackoffPolicy::default());
            assert_eq!(backoff.next(&mut random), Duration::ZERO, "seed {seed}");
            for bound in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
                let wait = backoff.next(&mut random);
                assert!(wait <= Duration::from_secs(bound), "seed {seed}: {wait:?}");
            }
        }
    }

    #[test]
    fn waits_are_spread_over_the_whole_bound() {
        let mut random = Random::new(5);
        let waits: Vec<_> = (0..1_000)
            .map(|_| {
                let mut backoff = Backoff::new(BackoffPolicy::default());
                for _ in 0..4 {
                    backoff.next(&mut random);
                }
                backoff.next(&mut random).as_secs_f64()
            })
            .collect();
        let mean = waits.iter().sum::<f64>() / 1_000.0;
        assert!((3.6..4.4).contains(&mean), "mean of 0..8 s is {mean}");
    }

    #[test]
    fn never_overflows() {
        let mut random = Random::new(9);
        let mut backoff = Backoff::new(BackoffPolicy::default());
        for _ in 0..10_000 {
            assert!(backoff.next(&mut random) <= Duration::from_secs(60));
        }
    }
}
