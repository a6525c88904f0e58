//! Whether a shard runs again after its task has ended, and when. Without a clock or randomness of its own.

use crate::state::{DesiredState, ExitReason};
use gloaming_protocol::limits::MAX_WAIT;
use gloaming_shard::ShardState;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// What happens to a shard whose task has panicked.
///
/// The policy is about panics only. A shard that was closed, or that Discord refuses to let reconnect, is
/// never restarted; a shard that lost its connection reconnects by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RestartPolicy {
    /// The shard is not restarted.
    Never,
    /// The shard is restarted, within limits.
    OnCrash(RestartLimits),
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self::OnCrash(RestartLimits::default())
    }
}

/// The limits of restarts, which apply to each shard separately.
///
/// ```
/// use gloaming_cluster::{RestartLimits, RestartPolicy};
/// use std::time::Duration;
///
/// let mut limits = RestartLimits::default();
/// limits.max_restarts = 3;
/// limits.window = Duration::from_secs(60);
/// let policy = RestartPolicy::OnCrash(limits);
/// # drop(policy);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RestartLimits {
    /// The maximum number of restarts within the [`window`](Self::window). After one crash more, the shard
    /// is not restarted. Default 10.
    pub max_restarts: u32,
    /// How long a crash counts. Default 10 minutes.
    pub window: Duration,
    /// The upper bound of the first delay. It doubles with each further crash within the window. The delay
    /// is drawn uniformly between zero and its bound, so that shards that crash together do not restart
    /// together. Default 1 s.
    pub base: Duration,
    /// The upper bound of every delay. Default 60 s; values over a year count as a year.
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

/// How a shard's task ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum TaskEnd {
    /// It returned, with the shard in this state.
    Returned(ShardState),
    /// It returned with the shard closed, as it was to stop.
    Stopped,
    /// It panicked with this message.
    Panicked(String),
    /// It was aborted, by the application or by the shutdown of the runtime.
    Aborted,
}

/// What the supervisor does after a shard's task has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NextStep {
    /// Restart the shard after this delay.
    Restart(Duration),
    /// Wait until the shard is to run again.
    Stop,
    /// Do not run the shard any more.
    Exit(ExitReason),
}

/// Decides on the restarts of one shard.
#[derive(Debug)]
pub(crate) struct Restarts {
    policy: RestartPolicy,
    /// The crashes within the window; at most as many as there may be restarts.
    crashes: VecDeque<Instant>,
}

impl Restarts {
    pub(crate) const fn new(policy: RestartPolicy) -> Self {
        Self {
            policy,
            crashes: VecDeque::new(),
        }
    }

    /// Decides what follows the end of the shard's task. `fraction`, in `[0, 1)`, chooses the delay between
    /// zero and its bound.
    pub(crate) fn task_ended(
        &mut self,
        now: Instant,
        end: &TaskEnd,
        desired: &DesiredState,
        fraction: f64,
    ) -> NextStep {
        match end {
            TaskEnd::Returned(state) if state.is_fatally_closed() => {
                NextStep::Exit(ExitReason::FatallyClosed)
            }
            TaskEnd::Returned(state) if state.is_closed() => match desired {
                DesiredState::NotIdentifying => NextStep::Exit(ExitReason::PeerRefused),
                _ => NextStep::Exit(ExitReason::Closed),
            },
            // By now it may be to run again, which ends the stop at once.
            TaskEnd::Stopped => match desired.is_kept() {
                true => NextStep::Stop,
                false => NextStep::Exit(ExitReason::Closed),
            },
            TaskEnd::Returned(_) => NextStep::Exit(ExitReason::ItemsDropped),
            TaskEnd::Aborted => NextStep::Exit(match desired {
                DesiredState::Aborted => ExitReason::Closed,
                _ => ExitReason::RuntimeShutDown,
            }),
            TaskEnd::Panicked(_) => match desired {
                // Without a session, the shard stops before it identifies.
                DesiredState::Running | DesiredState::NotIdentifying => self.crashed(now, fraction),
                DesiredState::Stopped(_) => NextStep::Stop,
                DesiredState::Closed(_) | DesiredState::Aborted => {
                    NextStep::Exit(ExitReason::Crashed)
                }
            },
        }
    }

    fn crashed(&mut self, now: Instant, fraction: f64) -> NextStep {
        let RestartPolicy::OnCrash(limits) = self.policy else {
            return NextStep::Exit(ExitReason::Crashed);
        };
        while let Some(oldest) = self.crashes.front()
            && now.saturating_duration_since(*oldest) >= limits.window
        {
            self.crashes.pop_front();
        }
        let before = u32::try_from(self.crashes.len()).unwrap_or(u32::MAX);
        if before >= limits.max_restarts {
            return NextStep::Exit(ExitReason::Crashed);
        }
        self.crashes.push_back(now);
        let doubled = 1_u32.checked_shl(before).unwrap_or(u32::MAX);
        let bound = limits
            .base
            .saturating_mul(doubled)
            .min(limits.cap)
            .min(MAX_WAIT);
        NextStep::Restart(bound.mul_f64(fraction.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::{NextStep, RestartLimits, RestartPolicy, Restarts, TaskEnd};
    use crate::state::{DesiredState, ExitReason, IdentifyRight};
    use gloaming_protocol::CloseFrame;
    use gloaming_shard::ShardState;
    use std::time::{Duration, Instant};

    #[expect(
        clippy::disallowed_methods,
        reason = "the tests need some instant to start from"
    )]
    fn start_time() -> Instant {
        Instant::now()
    }

    const EXIT: NextStep = NextStep::Exit(ExitReason::Crashed);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn delays_double_up_to_the_cap() {
        let now = start_time();
        let mut restarts = Restarts::new(RestartPolicy::default());
        for delay in [1, 2, 4, 8, 16, 32, 60, 60, 60, 60] {
            assert_eq!(
                restarts.crashed(now, 1.0),
                NextStep::Restart(seconds(delay))
            );
        }
        assert_eq!(restarts.crashed(now, 1.0), EXIT);
    }

    #[test]
    fn delay_is_drawn_between_zero_and_its_bound() {
        let now = start_time();
        for (fraction, delay) in [
            (0.0, Duration::ZERO),
            (0.25, Duration::from_millis(250)),
            (0.5, Duration::from_millis(500)),
        ] {
            let mut restarts = Restarts::new(RestartPolicy::default());
            assert_eq!(restarts.crashed(now, fraction), NextStep::Restart(delay));
        }
    }

    #[test]
    fn crashes_outside_of_the_window_do_not_count() {
        let start = start_time();
        let limits = RestartLimits {
            max_restarts: 2,
            window: seconds(100),
            ..RestartLimits::default()
        };
        let mut restarts = Restarts::new(RestartPolicy::OnCrash(limits));
        let mut crash = |at| restarts.crashed(start + seconds(at), 1.0);
        assert_eq!(crash(0), NextStep::Restart(seconds(1)));
        assert_eq!(crash(60), NextStep::Restart(seconds(2)));
        assert_eq!(crash(99), EXIT);
        assert_eq!(
            crash(100),
            NextStep::Restart(seconds(2)),
            "one crash is in the window"
        );
        assert_eq!(
            crash(300),
            NextStep::Restart(seconds(1)),
            "no crash is in the window"
        );
    }

    #[test]
    fn policy_never_does_not_restart() {
        let mut restarts = Restarts::new(RestartPolicy::Never);
        assert_eq!(restarts.crashed(start_time(), 0.0), EXIT);
    }

    #[test]
    fn delay_is_at_most_a_year() {
        let now = start_time();
        let limits = RestartLimits {
            base: Duration::MAX,
            cap: Duration::MAX,
            ..RestartLimits::default()
        };
        for fraction in [1.0, 0.75] {
            let mut restarts = Restarts::new(RestartPolicy::OnCrash(limits));
            let year = seconds(31_536_000);
            let decision = restarts.crashed(now, fraction);
            assert_eq!(decision, NextStep::Restart(year.mul_f64(fraction)));
        }
    }

    #[test]
    fn extreme_limits_do_not_panic() {
        let now = start_time();
        let limits = RestartLimits {
            max_restarts: u32::MAX,
            window: Duration::MAX,
            base: Duration::MAX,
            cap: seconds(3),
        };
        let mut restarts = Restarts::new(RestartPolicy::OnCrash(limits));
        for _ in 0..100 {
            let decision = restarts.crashed(now, f64::INFINITY);
            assert_eq!(decision, NextStep::Restart(seconds(3)));
        }
        let none = RestartLimits {
            max_restarts: 0,
            ..RestartLimits::default()
        };
        let mut restarts = Restarts::new(RestartPolicy::OnCrash(none));
        assert_eq!(restarts.crashed(now, 0.5), EXIT);
    }

    #[test]
    fn only_a_panic_of_a_shard_that_is_to_run_restarts_it() {
        let panic = || TaskEnd::Panicked("a bug".to_owned());
        let disconnected = ShardState::Disconnected {
            reconnect_attempts: 0,
        };
        let close = DesiredState::Closed(CloseFrame::NORMAL);
        let running = DesiredState::Running;
        for (end, desired, expected) in [
            (panic(), &running, NextStep::Restart(Duration::ZERO)),
            (panic(), &close, EXIT),
            (panic(), &DesiredState::Aborted, EXIT),
            (
                TaskEnd::Returned(ShardState::FatallyClosed),
                &running,
                NextStep::Exit(ExitReason::FatallyClosed),
            ),
            (
                TaskEnd::Returned(ShardState::Closed),
                &close,
                NextStep::Exit(ExitReason::Closed),
            ),
            (
                TaskEnd::Returned(ShardState::Closed),
                &DesiredState::NotIdentifying,
                NextStep::Exit(ExitReason::PeerRefused),
            ),
            (
                panic(),
                &DesiredState::NotIdentifying,
                NextStep::Restart(Duration::ZERO),
            ),
            (
                TaskEnd::Stopped,
                &DesiredState::Stopped(IdentifyRight::Allowed),
                NextStep::Stop,
            ),
            (TaskEnd::Stopped, &running, NextStep::Stop),
            (TaskEnd::Stopped, &close, NextStep::Exit(ExitReason::Closed)),
            (
                TaskEnd::Returned(ShardState::FatallyClosed),
                &DesiredState::Stopped(IdentifyRight::Allowed),
                NextStep::Exit(ExitReason::FatallyClosed),
            ),
            (
                panic(),
                &DesiredState::Stopped(IdentifyRight::Forbidden),
                NextStep::Stop,
            ),
            (
                TaskEnd::Returned(disconnected),
                &running,
                NextStep::Exit(ExitReason::ItemsDropped),
            ),
            (
                TaskEnd::Aborted,
                &running,
                NextStep::Exit(ExitReason::RuntimeShutDown),
            ),
            (
                TaskEnd::Aborted,
                &DesiredState::Aborted,
                NextStep::Exit(ExitReason::Closed),
            ),
        ] {
            let mut restarts = Restarts::new(RestartPolicy::default());
            let step = restarts.task_ended(start_time(), &end, desired, 0.0);
            assert_eq!(step, expected, "{end:?}, {desired:?}");
        }
    }
}
