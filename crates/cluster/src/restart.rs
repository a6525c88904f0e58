//! Whether a shard whose task panicked starts again, and when. No clock, no randomness of its own.

use gloaming_protocol::limits::MAX_WAIT;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// What becomes of a shard whose task has panicked.
///
/// Only panics are a matter of policy. A shard that was closed, or that Discord takes back no more, stays
/// down in any case; one that lost its connection reconnects by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RestartPolicy {
    /// It stays down.
    Never,
    /// It starts again, within limits.
    OnCrash(RestartLimits),
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self::OnCrash(RestartLimits::default())
    }
}

/// Limits of restarting, for each shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RestartLimits {
    /// Restarts within the [`window`](Self::window); one crash more, and the shard stays down.
    /// Default 10.
    pub max_restarts: u32,
    /// How long a crash counts. Default 10 minutes.
    pub window: Duration,
    /// Upper bound of the first wait; doubles with each further crash within the window. The wait is
    /// drawn from all of it, so that shards that crash together do not start together. Default 1 s.
    pub base: Duration,
    /// Upper bound of every wait. Default 60 s; more than a year counts as one.
    pub cap: Duration,
}

impl Default for RestartLimits {
    fn default() -> Self {
        Self {
            max_restarts: 10,
            window: Duration::from_secs(10 * 60),
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
        }
    }
}

/// What to do about a crash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Decision {
    /// Start again, this much later.
    Restart(Duration),
    /// Leave it down.
    GiveUp,
}

/// One shard's crashes.
#[derive(Debug)]
pub(crate) struct Restarts {
    policy: RestartPolicy,
    /// Within the window; as many as there may be restarts, at most.
    crashes: VecDeque<Instant>,
}

impl Restarts {
    pub(crate) const fn new(policy: RestartPolicy) -> Self {
        Self {
            policy,
            crashes: VecDeque::new(),
        }
    }

    /// The shard has crashed. `fraction`, in `[0, 1)`, chooses from the bounds of the wait.
    pub(crate) fn crashed(&mut self, now: Instant, fraction: f64) -> Decision {
        let RestartPolicy::OnCrash(limits) = self.policy else {
            return Decision::GiveUp;
        };
        while let Some(oldest) = self.crashes.front()
            && now.saturating_duration_since(*oldest) >= limits.window
        {
            self.crashes.pop_front();
        }
        let before = u32::try_from(self.crashes.len()).unwrap_or(u32::MAX);
        if before >= limits.max_restarts {
            return Decision::GiveUp;
        }
        self.crashes.push_back(now);
        let doubled = 1_u32.checked_shl(before).unwrap_or(u32::MAX);
        let bound = limits
            .base
            .saturating_mul(doubled)
            .min(limits.cap)
            .min(MAX_WAIT);
        Decision::Restart(bound.mul_f64(fraction.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, RestartLimits, RestartPolicy, Restarts};
    use std::time::{Duration, Instant};

    #[expect(
        clippy::disallowed_methods,
        reason = "any instant will do for a test in virtual time"
    )]
    fn a_moment() -> Instant {
        Instant::now()
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let now = a_moment();
        let mut restarts = Restarts::new(RestartPolicy::default());
        for wait in [1, 2, 4, 8, 16, 32, 60, 60, 60, 60] {
            assert_eq!(restarts.crashed(now, 1.0), Decision::Restart(seconds(wait)));
        }
        assert_eq!(restarts.crashed(now, 1.0), Decision::GiveUp);
    }

    #[test]
    fn the_wait_is_drawn_from_its_whole_bound() {
        let now = a_moment();
        for (fraction, wait) in [
            (0.0, Duration::ZERO),
            (0.25, Duration::from_millis(250)),
            (0.5, Duration::from_millis(500)),
        ] {
            let mut restarts = Restarts::new(RestartPolicy::default());
            assert_eq!(restarts.crashed(now, fraction), Decision::Restart(wait));
        }
    }

    #[test]
    fn crashes_are_forgotten_after_the_window() {
        let start = a_moment();
        let limits = RestartLimits {
            max_restarts: 2,
            window: seconds(100),
            ..RestartLimits::default()
        };
        let mut restarts = Restarts::new(RestartPolicy::OnCrash(limits));
        let mut crash = |at| restarts.crashed(start + seconds(at), 1.0);
        assert_eq!(crash(0), Decision::Restart(seconds(1)));
        assert_eq!(crash(60), Decision::Restart(seconds(2)));
        assert_eq!(crash(99), Decision::GiveUp);
        assert_eq!(crash(100), Decision::Restart(seconds(2)), "one is left");
        assert_eq!(crash(300), Decision::Restart(seconds(1)), "none is left");
    }

    #[test]
    fn never_means_never() {
        let mut restarts = Restarts::new(RestartPolicy::Never);
        assert_eq!(restarts.crashed(a_moment(), 0.0), Decision::GiveUp);
    }

    #[test]
    fn no_wait_is_longer_than_a_year() {
        let now = a_moment();
        let limits = RestartLimits {
            base: Duration::MAX,
            cap: Duration::MAX,
            ..RestartLimits::default()
        };
        for fraction in [1.0, 0.75] {
            let mut restarts = Restarts::new(RestartPolicy::OnCrash(limits));
            let year = seconds(31_536_000);
            let decision = restarts.crashed(now, fraction);
            assert_eq!(decision, Decision::Restart(year.mul_f64(fraction)));
        }
    }

    #[test]
    fn odd_limits_are_no_trouble() {
        let now = a_moment();
        let limits = RestartLimits {
            max_restarts: u32::MAX,
            window: Duration::MAX,
            base: Duration::MAX,
            cap: seconds(3),
        };
        let mut restarts = Restarts::new(RestartPolicy::OnCrash(limits));
        for _ in 0..100 {
            let decision = restarts.crashed(now, f64::INFINITY);
            assert_eq!(decision, Decision::Restart(seconds(3)));
        }
        let none = RestartLimits {
            max_restarts: 0,
            ..RestartLimits::default()
        };
        let mut restarts = Restarts::new(RestartPolicy::OnCrash(none));
        assert_eq!(restarts.crashed(now, 0.5), Decision::GiveUp);
    }
}
