//! What follows a failed attempt.

use super::{
    error_kind::GatewayInfoErrorKind, fault::GatewayInfoFault, policy::GatewayInfoPolicy,
    retry_after::RetryAfter, state::GatewayInfoState,
};
use crate::{
    backoff::{Answer, Backoff, BackoffPolicy},
    random::Random,
};
use std::time::{Duration, Instant};

/// The wait after the first rate limit whose length the server does not say. It doubles each time.
const UNSTATED_RATE_LIMIT: Duration = Duration::from_secs(5);

/// The wait after the first rate limit whose length the HTTP client hides. It doubles each time.
const HIDDEN_RATE_LIMIT: Duration = Duration::from_secs(60);

/// The longest wait after a rate limit of unknown length.
const MAX_UNKNOWN_RATE_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Decides what follows each failed attempt to request the recommended number of shards.
///
/// For each attempt, call [`start_attempt`](Self::start_attempt) and send one request. If it fails, pass the reason to
/// [`handle_fault`](Self::handle_fault): either wait as long as it says before the next attempt, or give up. A usable
/// response ends the attempts, and there is nothing to decide.
///
/// ```
/// use gloaming_machine::{
///     BackoffPolicy,
///     gateway_info::{
///         GatewayInfoDecision, GatewayInfoErrorKind, GatewayInfoFault, GatewayInfoPolicy, GatewayInfoRetry, RetryAfter,
///     },
/// };
/// use std::time::{Duration, Instant};
///
/// # #[expect(clippy::disallowed_methods)]
/// let now = Instant::now();
/// let mut retry = GatewayInfoRetry::new(GatewayInfoPolicy::default(), BackoffPolicy::default(), now, 1);
/// retry.start_attempt(now);
/// let day = Duration::from_secs(86_400);
/// let fault = GatewayInfoFault::Status { status: 429, retry_after: RetryAfter::Given(day) };
/// let decision = retry.handle_fault(now, fault);
/// // The deadline comes first.
/// let kind = GatewayInfoErrorKind::RateLimited;
/// assert_eq!(decision, GatewayInfoDecision::GiveUp { kind, retry_after: Some(day) });
/// ```
#[derive(Debug)]
pub struct GatewayInfoRetry {
    policy: GatewayInfoPolicy,
    backoff: Backoff,
    /// The shortest wait.
    min_wait: Duration,
    /// `None` if no clock reaches it.
    deadline: Option<Instant>,
    random: Random,
    attempts: u32,
    /// The number of rate limits of unknown length.
    unknown_rate_limits: u32,
    unusable_responses: u32,
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GatewayInfoDecision {
    /// Another attempt at this time, and none before.
    RetryAt(Instant),
    /// No more attempts.
    GiveUp {
        /// Why.
        kind: GatewayInfoErrorKind,
        /// How long the server asks to wait before the next request, if it said so.
        retry_after: Option<Duration>,
    },
}

/// What a fault means for the next attempt.
enum Verdict {
    RetryAfter(Duration, GatewayInfoErrorKind),
    Final(GatewayInfoErrorKind),
}

impl GatewayInfoRetry {
    /// Begins at `now`, with a backoff between attempts that fail. `seed` is the source of its jitter.
    #[must_use]
    pub fn new(policy: GatewayInfoPolicy, backoff: BackoffPolicy, now: Instant, seed: u64) -> Self {
        Self {
            policy,
            backoff: Backoff::without_immediate_retry(backoff),
            min_wait: backoff.base / 2,
            deadline: now.checked_add(policy.deadline),
            random: Random::new(seed),
            attempts: 0,
            unknown_rate_limits: 0,
            unusable_responses: 0,
        }
    }

    /// Records that an attempt begins, and returns the time by which its response must be complete.
    ///
    /// `None` means that no clock reaches that time.
    pub fn start_attempt(&mut self, now: Instant) -> Option<Instant> {
        self.attempts = self.attempts.saturating_add(1);
        self.backoff.trying(now);
        let timeout = now.checked_add(self.policy.attempt_timeout);
        [timeout, self.deadline].into_iter().flatten().min()
    }

    /// Decides what follows the attempt, which failed for this reason at `now`.
    pub fn handle_fault(&mut self, now: Instant, fault: GatewayInfoFault) -> GatewayInfoDecision {
        let given = match fault {
            GatewayInfoFault::Status { retry_after, .. } => retry_after.given(),
            _ => None,
        };
        let give_up = |kind| GatewayInfoDecision::GiveUp {
            kind,
            retry_after: given,
        };
        let (wait, kind) = match self.verdict(now, fault) {
            Verdict::RetryAfter(wait, kind) => (wait, kind),
            Verdict::Final(kind) => return give_up(kind),
        };
        let retry_at = now.checked_add(wait.max(self.min_wait));
        match retry_at {
            Some(at) if self.deadline.is_none_or(|deadline| at < deadline) => {
                GatewayInfoDecision::RetryAt(at)
            }
            _ => give_up(kind),
        }
    }

    /// Returns the number of attempts so far.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the limits.
    #[must_use]
    pub const fn policy(&self) -> &GatewayInfoPolicy {
        &self.policy
    }

    /// Returns the state while the attempt that was started last is made.
    #[must_use]
    pub const fn requesting(&self) -> GatewayInfoState {
        GatewayInfoState::Requesting {
            attempt: self.attempts,
        }
    }

    /// Returns the state between `now` and the next attempt, after the last one failed for this reason.
    #[must_use]
    pub fn waiting(
        &self,
        now: Instant,
        reason: GatewayInfoFault,
        retry_at: Instant,
    ) -> GatewayInfoState {
        GatewayInfoState::Waiting {
            attempt: self.attempts,
            reason,
            wait: retry_at.saturating_duration_since(now),
            retry_at,
        }
    }

    fn verdict(&mut self, now: Instant, fault: GatewayInfoFault) -> Verdict {
        use GatewayInfoErrorKind as Kind;

        let backoff = self.backoff.ended(now, Answer::None, &mut self.random);
        match fault {
            GatewayInfoFault::Misconfigured => Verdict::Final(Kind::Misconfigured),
            GatewayInfoFault::Network | GatewayInfoFault::TimedOut => {
                Verdict::RetryAfter(backoff, Kind::Unreachable)
            }
            GatewayInfoFault::UnknownStatus => Verdict::RetryAfter(backoff, Kind::Unavailable),
            GatewayInfoFault::HeldBack => {
                let wait = self.unknown_rate_limit(HIDDEN_RATE_LIMIT);
                Verdict::RetryAfter(wait, Kind::RateLimited)
            }
            GatewayInfoFault::Undecodable => self.unusable(backoff, Kind::Undecodable),
            GatewayInfoFault::NoShards => self.unusable(backoff, Kind::NoShards),
            GatewayInfoFault::Status {
                status,
                retry_after,
            } => match (status, retry_after) {
                (401, _) => Verdict::Final(Kind::Token),
                (403, _) => Verdict::Final(Kind::Forbidden),
                // A server that always asks for a short time is asked less and less often.
                (429, RetryAfter::Given(time)) => {
                    Verdict::RetryAfter(time.max(backoff), Kind::RateLimited)
                }
                (429, RetryAfter::Missing) => {
                    let wait = self.unknown_rate_limit(UNSTATED_RATE_LIMIT);
                    Verdict::RetryAfter(wait, Kind::RateLimited)
                }
                (429, RetryAfter::Hidden) => {
                    let wait = self.unknown_rate_limit(HIDDEN_RATE_LIMIT);
                    Verdict::RetryAfter(wait, Kind::RateLimited)
                }
                (500..=599, retry_after) => {
                    let wait = retry_after.given().unwrap_or_default().max(backoff);
                    Verdict::RetryAfter(wait, Kind::Unavailable)
                }
                _ => Verdict::Final(Kind::Rejected),
            },
        }
    }

    fn unusable(&mut self, backoff: Duration, kind: GatewayInfoErrorKind) -> Verdict {
        self.unusable_responses = self.unusable_responses.saturating_add(1);
        if self.unusable_responses >= self.policy.unusable_responses {
            Verdict::Final(kind)
        } else {
            Verdict::RetryAfter(backoff, kind)
        }
    }

    /// Returns a wait that doubles each time, lengthened by up to a quarter, so that processes of one bot do not ask
    /// together.
    fn unknown_rate_limit(&mut self, first: Duration) -> Duration {
        let doublings = self.unknown_rate_limits;
        self.unknown_rate_limits = doublings.saturating_add(1);
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let bound = first.saturating_mul(factor).min(MAX_UNKNOWN_RATE_LIMIT);
        bound + self.random.below(bound / 4)
    }
}

#[cfg(test)]
mod tests {
    use super::GatewayInfoRetry;
    use crate::{BackoffPolicy, gateway_info::GatewayInfoPolicy, test_instant};

    #[test]
    fn limits_are_those_that_were_given() {
        let policy = GatewayInfoPolicy {
            unusable_responses: 7,
            ..GatewayInfoPolicy::default()
        };
        let retry = GatewayInfoRetry::new(policy, BackoffPolicy::default(), test_instant(), 1);
        assert_eq!(retry.policy().unusable_responses, 7);
    }
}
