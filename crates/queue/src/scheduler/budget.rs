use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use gloaming_protocol::limits::SESSION_START_PERIOD;

use crate::{instants::capped_add, settings::QueueSettings};

/// The number of identifies left ([P12](gloaming_protocol::rules#p12)).
///
/// Until the reset that Discord reported, its own count applies. How it counts
/// afterwards is not documented: the next period may start at the reset or with
/// the first identify after it. The rule used here is safe in both cases: at
/// most `total` in any 24 h.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    total: u32,
    reserve: u32,
    count: Count,
}

#[derive(Clone, Debug)]
enum Count {
    /// Discord's count, until its reset.
    Reported { remaining: u32, reset_at: Instant },
    /// The identifies of the last 24 h.
    Rolling {
        since: Instant,
        /// For each identify, the instant at which it no longer counts.
        expires_at: VecDeque<Instant>,
    },
}

impl Count {
    const fn rolling(since: Instant) -> Self {
        Self::Rolling {
            since,
            expires_at: VecDeque::new(),
        }
    }
}

impl Budget {
    pub(super) fn new(settings: &QueueSettings, now: Instant) -> Self {
        let count = if settings.remaining >= settings.total || settings.reset_after.is_zero() {
            Count::rolling(now)
        } else {
            Count::Reported {
                remaining: settings.remaining,
                reset_at: capped_add(now, settings.reset_after),
            }
        };
        Self {
            total: settings.total,
            reserve: settings.reserve,
            count,
        }
    }

    /// Updates the count to `now`.
    pub(super) fn advance(&mut self, now: Instant) {
        match &mut self.count {
            Count::Reported { reset_at, .. } => {
                if *reset_at <= now {
                    self.count = Count::rolling(*reset_at);
                }
            }
            Count::Rolling { expires_at, .. } => {
                while expires_at.front().is_some_and(|at| *at <= now) {
                    expires_at.pop_front();
                }
            }
        }
    }

    /// Counts one identify.
    pub(super) fn spend(&mut self, now: Instant) {
        self.advance(now);
        match &mut self.count {
            Count::Reported { remaining, .. } => *remaining = remaining.saturating_sub(1),
            Count::Rolling { expires_at, .. } => expires_at.push_back(now + SESSION_START_PERIOD),
        }
    }

    /// Returns the number of identifies left, including the reserve.
    pub(super) fn remaining(&self) -> u32 {
        match &self.count {
            Count::Reported { remaining, .. } => *remaining,
            Count::Rolling { expires_at, .. } => self
                .total
                .saturating_sub(u32::try_from(expires_at.len()).unwrap_or(u32::MAX)),
        }
    }

    /// Returns the number of identifies that may be granted.
    pub(super) fn spendable(&self) -> u32 {
        self.remaining().saturating_sub(self.reserve)
    }

    /// Returns when the number of identifies is expected to increase: an instant
    /// after `now`, and the same one until that instant is reached.
    pub(super) fn refills_at(&self, now: Instant) -> Instant {
        match &self.count {
            Count::Reported { reset_at, .. } => *reset_at,
            Count::Rolling { since, expires_at } => match expires_at.front() {
                Some(at) => *at,
                // Only the reserve and leased permits are left, so no time is
                // known at which there will be more. Check once per period.
                None => next_period(*since, now),
            },
        }
    }
}

/// Returns the end of the period that `now` is in; the first starts at `since`.
fn next_period(since: Instant, now: Instant) -> Instant {
    let period = SESSION_START_PERIOD.as_nanos();
    let elapsed = now.saturating_duration_since(since).as_nanos() % period;
    let left = u64::try_from(period - elapsed).unwrap_or(u64::MAX);
    now + Duration::from_nanos(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn budget(remaining: u32, total: u32, reset_after: Duration, now: Instant) -> Budget {
        let settings = QueueSettings {
            remaining,
            total,
            reset_after,
            reserve: 0,
            ..QueueSettings::default()
        };
        Budget::new(&settings, now)
    }

    #[test]
    fn reported_reset_restores_the_total() {
        let now = Instant::now();
        let mut budget = budget(1, 3, HOUR, now);
        budget.spend(now);
        assert_eq!(budget.remaining(), 0);
        assert_eq!(budget.refills_at(now), now + HOUR);
        budget.advance(now + HOUR);
        assert_eq!(budget.remaining(), 3);
    }

    #[test]
    fn untouched_period_starts_with_its_first_identify() {
        let now = Instant::now();
        let mut budget = budget(2, 2, HOUR, now);
        let first = now + HOUR / 2;
        budget.spend(first);
        budget.spend(first + HOUR);
        assert_eq!(budget.remaining(), 0);
        budget.advance(first + 24 * HOUR - Duration::from_nanos(1));
        assert_eq!(budget.remaining(), 0);
        budget.advance(first + 24 * HOUR);
        assert_eq!(budget.remaining(), 1);
    }

    #[test]
    fn longest_duration_until_the_reset_is_accepted() {
        let now = Instant::now();
        let mut budget = budget(0, 1, Duration::MAX, now);
        budget.advance(now + 24 * HOUR);
        assert_eq!(budget.remaining(), 0);
    }
}
