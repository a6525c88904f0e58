//! The wait before the next attempt to connect.

use crate::random::Random;
use std::time::{Duration, Instant};

/// Exponential backoff with jitter: each wait is drawn from the upper half of its bound, and starts when the previous
/// attempt began.
///
/// There are two counters. Attempts that reach no gateway wait zero, then [`base`](Self::base), then twice as long each
/// time; an answer (HELLO, op 7 in its place, or a close frame) resets that counter. Connections that were answered and
/// ended wait zero, then an eighth of `base`, then twice as long for each further one; each
/// [`stable`](crate::Timeouts::stable) that they stayed up takes one off. So a session that stayed up for two
/// seconds is followed by another connection at once, however often the server ends it, while a server that accepts and
/// closes soon causes the longest waits.
///
/// A connection that ends after IDENTIFY and before READY costs one of the day's session starts
/// ([P12](gloaming_protocol::rules#p12)), however long it stayed up. Several in a row wait zero, then `base`, then twice as
/// long each time, up to five minutes or [`cap`](Self::cap) if that is longer, counted from the end of the connection: about
/// 400 a day, and not a thousand.
///
/// With the defaults, no server causes more than 90 attempts a minute: one for each `stable`, the two tries on a resume
/// host between two sessions ([`RecoveryPolicy`](crate::RecoveryPolicy)), and those until the waits have grown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BackoffPolicy {
    /// The upper bound of the second wait for a gateway that is not reached. It doubles with each further failure.
    /// Default 1 s.
    pub base: Duration,
    /// The upper bound of every wait. Default 60 s.
    pub cap: Duration,
}

/// The longest wait that a server can ask for in answer to a connection attempt, with the header `Retry-After`.
///
/// A ban by Discord's network lasts for up to a day. One attempt in this time does not prolong it, and the shard connects
/// soon after it ends.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(15 * 60);

/// The bound of the waits between IDENTIFYs that bring no session, unless [`BackoffPolicy::cap`] is longer.
const IDENTIFY_CAP: Duration = Duration::from_secs(5 * 60);

impl Default for BackoffPolicy {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
        }
    }
}

impl BackoffPolicy {
    /// Returns the bound after this many ends in a row: zero, then `first`, then twice as much each time.
    fn bound(&self, first: Duration, ends: u32) -> Duration {
        doubled(first, ends).min(self.cap)
    }
}

fn doubled(first: Duration, ends: u32) -> Duration {
    match ends {
        0 => Duration::ZERO,
        n => first.saturating_mul(1u32.checked_shl(n - 1).unwrap_or(u32::MAX)),
    }
}

/// Returns a wait from the upper half of its bound.
fn drawn(bound: Duration, random: &mut Random) -> Duration {
    bound / 2 + random.below(bound / 2)
}

/// Whether a gateway answered the attempt that ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    None,
    Came,
}

#[derive(Debug)]
pub(crate) struct Backoff {
    policy: BackoffPolicy,
    /// How long a connection must stay up to make up for its end.
    stable: Duration,
    /// The time at which the last attempt began.
    since: Option<Instant>,
    /// The number of attempts in a row that were not answered.
    unanswered: u32,
    /// How long connections must still stay up to make up for the ends of those that were answered.
    pending: Duration,
    /// The number of IDENTIFYs in a row that brought no session.
    wasted_identifies: u32,
    attempts: u32,
}

impl Backoff {
    pub(crate) const fn new(policy: BackoffPolicy, stable: Duration) -> Self {
        Self {
            policy,
            stable,
            since: None,
            unanswered: 0,
            pending: Duration::ZERO,
            wasted_identifies: 0,
            attempts: 0,
        }
    }

    /// A backoff for requests, which are not answered by a connection that stays up: the first wait is drawn from the
    /// bound of the second.
    pub(crate) const fn without_immediate_retry(policy: BackoffPolicy) -> Self {
        let mut backoff = Self::new(policy, Duration::MAX);
        backoff.unanswered = 1;
        backoff
    }

    /// The number of attempts that ended since a connection stayed up for long enough.
    pub(crate) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Records that an attempt begins.
    pub(crate) const fn trying(&mut self, now: Instant) {
        self.since = Some(now);
    }

    /// Records that the attempt ended, and returns the wait until the next.
    pub(crate) fn ended(&mut self, now: Instant, answer: Answer, random: &mut Random) -> Duration {
        let took = self
            .since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let bound = match answer {
            Answer::None => self.unanswered_bound(),
            Answer::Came => self.answered_bound(took),
        };
        self.attempts = self.attempts.saturating_add(1);
        drawn(bound, random).saturating_sub(took)
    }

    /// Records that a connection ended after IDENTIFY without a session, and returns the wait from its end.
    pub(crate) fn identify_wasted(&mut self, random: &mut Random) -> Duration {
        let cap = self.policy.cap.max(IDENTIFY_CAP);
        let bound = doubled(self.policy.base, self.wasted_identifies).min(cap);
        self.wasted_identifies = self.wasted_identifies.saturating_add(1);
        drawn(bound, random)
    }

    /// Records that IDENTIFY brought a session.
    pub(crate) const fn session_began(&mut self) {
        self.wasted_identifies = 0;
    }

    fn unanswered_bound(&mut self) -> Duration {
        let bound = self.policy.bound(self.policy.base, self.unanswered);
        self.unanswered = self.unanswered.saturating_add(1);
        bound
    }

    fn answered_bound(&mut self, stood: Duration) -> Duration {
        self.unanswered = 1;
        self.pending = self.pending.saturating_sub(stood);
        if self.pending.is_zero() {
            self.attempts = 0;
        }
        let ends = self.pending.as_nanos() / self.stable.as_nanos();
        let ends = u32::try_from(ends).unwrap_or(u32::MAX);
        let bound = self.policy.bound(self.policy.base / SHARE, ends);
        // Past the longest wait, further ends do not count.
        if bound < self.policy.cap {
            self.pending += self.stable;
        }
        bound
    }
}

/// An answered connection starts with this part of the wait, since the gateway is reachable.
const SHARE: u32 = 8;

#[cfg(test)]
mod tests {
    use super::{Answer, Backoff, BackoffPolicy};
    use crate::{random::Random, test_instant};
    use std::time::{Duration, Instant};

    const STABLE: Duration = Duration::from_secs(2);

    fn backoff() -> Backoff {
        Backoff::new(BackoffPolicy::default(), STABLE)
    }

    /// Fails this many times, as fast as possible, and returns the waits.
    fn fail(backoff: &mut Backoff, now: Instant, random: &mut Random, times: u32) -> Vec<Duration> {
        let mut fail = |_| {
            backoff.trying(now);
            backoff.ended(now, Answer::None, random)
        };
        (0..times).map(&mut fail).collect()
    }

    #[test]
    fn first_is_immediate_then_bounds_double_up_to_the_cap() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let waits = fail(&mut backoff(), test_instant(), &mut random, 10);
            for (wait, bound) in waits.iter().zip([0, 1, 2, 4, 8, 16, 32, 60, 60, 60]) {
                let bound = Duration::from_secs(bound);
                let upper_half = bound / 2..=bound;
                assert!(
                    upper_half.contains(wait),
                    "seed {seed}: {wait:?} of {bound:?}"
                );
            }
        }
    }

    #[test]
    fn waits_are_spread_over_the_upper_half_of_the_bound() {
        let mut random = Random::new(5);
        let waits: Vec<_> = (0..1_000)
            .map(|_| fail(&mut backoff(), test_instant(), &mut random, 5)[4].as_secs_f64())
            .collect();
        let mean = waits.iter().sum::<f64>() / 1_000.0;
        assert!((5.9..6.1).contains(&mean), "mean of 4..8 s is {mean}");
    }

    #[test]
    fn what_an_attempt_took_is_part_of_the_wait() {
        let mut backoff = backoff();
        let mut random = Random::new(1);
        let start = test_instant();
        fail(&mut backoff, start, &mut random, 5);
        // Between 8 and 16 s after it began.
        backoff.trying(start);
        let tried = start + Duration::from_secs(6);
        let wait = backoff.ended(tried, Answer::None, &mut random);
        assert!((2..=10).contains(&wait.as_secs()), "{wait:?}");
    }

    #[test]
    fn an_answer_ends_the_row_of_those_without() {
        let mut backoff = backoff();
        let mut random = Random::new(1);
        let now = test_instant();
        fail(&mut backoff, now, &mut random, 10);
        backoff.trying(now);
        assert_eq!(
            backoff.ended(now, Answer::Came, &mut random),
            Duration::ZERO
        );
        let next = fail(&mut backoff, now, &mut random, 1)[0];
        assert!((500..=1_000).contains(&next.as_millis()), "{next:?}");
    }

    #[test]
    fn attempts_are_counted_until_a_connection_stood() {
        let mut backoff = backoff();
        let mut random = Random::new(1);
        let mut now = test_instant();
        fail(&mut backoff, now, &mut random, 3);
        assert_eq!(backoff.attempts(), 3);
        for (stood, attempts) in [(9, 1), (0, 2), (1, 3), (9, 1)] {
            backoff.trying(now);
            now += Duration::from_secs(stood);
            backoff.ended(now, Answer::Came, &mut random);
            assert_eq!(backoff.attempts(), attempts);
        }
    }

    #[test]
    fn there_is_no_more_to_make_up_for_than_it_takes_for_the_longest_wait() {
        let mut backoff = backoff();
        let mut random = Random::new(1);
        let mut now = test_instant();
        for _ in 0..1_000 {
            backoff.trying(now);
            backoff.ended(now, Answer::Came, &mut random);
        }
        backoff.trying(now);
        now += STABLE * 10;
        assert_eq!(
            backoff.ended(now, Answer::Came, &mut random),
            Duration::ZERO
        );
        backoff.trying(now);
        let wait = backoff.ended(now, Answer::Came, &mut random);
        assert!((62..=125).contains(&wait.as_millis()), "{wait:?}");
    }

    #[test]
    fn waits_after_wasted_identifies_double_up_to_five_minutes() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let mut backoff = backoff();
            for bound in [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
                let wait = backoff.identify_wasted(&mut random);
                let bound = Duration::from_secs(bound);
                let upper_half = bound / 2..=bound;
                assert!(
                    upper_half.contains(&wait),
                    "seed {seed}: {wait:?} of {bound:?}"
                );
            }
        }
    }

    #[test]
    fn never_overflows() {
        let mut random = Random::new(9);
        for answer in [Answer::None, Answer::Came] {
            let mut backoff = backoff();
            let now = test_instant();
            for _ in 0..10_000 {
                backoff.trying(now);
                let wait = backoff.ended(now, answer, &mut random);
                assert!(wait <= Duration::from_secs(60));
            }
        }
    }
}
