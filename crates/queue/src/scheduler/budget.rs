use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use gloaming_protocol::limits::SESSION_START_PERIOD;

use crate::{Settings, instants::after};

/// How many identifies are left (P12).
///
/// Until the reset that Discord announced, its own count rules. What it counts
/// from then on is not documented (the next period may start at the reset or
/// with the first identify after it), so the rule here is the one that is safe
/// either way: no more than `total` in any 24 h.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    total: u32,
    reserve: u32,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    Announced {
        remaining: u32,
        reset_at: Instant,
    },
    Rolling {
        since: Instant,
        /// Each entry is the instant at which one identify stops to count.
        spent: VecDeque<Instant>,
    },
}

impl Phase {
    const fn rolling(since: Instant) -> Self {
        Self::Rolling {
            since,
            spent: VecDeque::new(),
        }
    }
}

impl Budget {
    pub(super) fn new(settings: &Settings, now: Instant) -> Self {
        let phase = if settings.remaining >= settings.total || settings.reset_after.is_zero() {
            Phase::rolling(now)
        } else {
            Phase::Announced {
                remaining: settings.remaining,
                reset_at: after(now, settings.reset_after),
            }
        };
        Self {
            total: settings.total,
            reserve: settings.reserve,
            phase,
        }
    }

    /// Brings the count up to `now`.
    pub(super) fn advance(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::Announced { reset_at, .. } => {
                if *reset_at <= now {
                    self.phase = Phase::rolling(*reset_at);
                }
            }
            Phase::Rolling { spent, .. } => {
                while spent.front().is_some_and(|until| *until <= now) {
                    spent.pop_front();
                }
            }
        }
    }

    /// Counts one identify.
    pub(super) fn spend(&mut self, now: Instant) {
        self.advance(now);
        match &mut self.phase {
            Phase::Announced { remaining, .. } => *remaining = remaining.saturating_sub(1),
            Phase::Rolling { spent, .. } => spent.push_back(now + SESSION_START_PERIOD),
        }
    }

    /// Identifies left, the reserve included.
    pub(super) fn remaining(&self) -> u32 {
        match &self.phase {
            Phase::Announced { remaining, .. } => *remaining,
            Phase::Rolling { spent, .. } => self
                .total
                .saturating_sub(u32::try_from(spent.len()).unwrap_or(u32::MAX)),
        }
    }

    /// Identifies that may be granted.
    pub(super) fn spendable(&self) -> u32 {
        self.remaining().saturating_sub(self.reserve)
    }

    /// When there will be more, as far as anything is known: an instant after
    /// `now`, and the same one until it has come.
    pub(super) fn grows_at(&self, now: Instant) -> Instant {
        match &self.phase {
            Phase::Announced { reset_at, .. } => *reset_at,
            Phase::Rolling { since, spent } => match spent.front() {
                Some(until) => *until,
                // The reserve and what is out on lease are all there is: a
                // period is as good a time to look again as any.
                None => next_period(*since, now),
            },
        }
    }
}

/// The first end of a period after `now`, of those that begin with `since`.
fn next_period(since: Instant, now: Instant) -> Instant {
    let period = SESSION_START_PERIOD.as_nanos();
    let into = now.saturating_duration_since(since).as_nanos() % period;
    let left = u64::try_from(period - into).unwrap_or(u64::MAX);
    now + Duration::from_nanos(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn budget(remaining: u32, total: u32, reset_after: Duration, now: Instant) -> Budget {
        let settings = Settings {
            remaining,
            total,
            reset_after,
            reserve: 0,
            ..Settings::default()
        };
        Budget::new(&settings, now)
    }

    #[test]
    fn the_announced_reset_brings_the_total_back() {
        let now = Instant::now();
        let mut budget = budget(1, 3, HOUR, now);
        budget.spend(now);
        assert_eq!(budget.remaining(), 0);
        assert_eq!(budget.grows_at(now), now + HOUR);
        budget.advance(now + HOUR);
        assert_eq!(budget.remaining(), 3);
    }

    #[test]
    fn an_untouched_period_starts_with_its_first_identify() {
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
    fn any_duration_is_accepted() {
        let now = Instant::now();
        let mut budget = budget(0, 1, Duration::MAX, now);
        budget.advance(now + 24 * HOUR);
        assert_eq!(budget.remaining(), 0);
    }
}
