//! Which lines of a log are written, and which are only counted. Without IO or a clock.

use std::{
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

/// The kinds that are counted apart; a server chooses the codes with which it closes.
const MAX_KINDS: usize = 16;

/// How many lines are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The time that the numbers and one summary are about.
    pub(crate) period: Duration,
    pub(crate) lines: u32,
    pub(crate) lines_of_a_kind: u32,
}

/// Limits the lines of a log that others can cause. Within a period, the first lines of each kind are written, and the
/// others are counted for one summary. Memory is bounded, whatever the kinds.
#[derive(Debug)]
pub(crate) struct LineLimiter<K> {
    limits: Limits,
    period: Option<Period<K>>,
}

#[derive(Debug)]
struct Period<K> {
    started: Instant,
    written: u32,
    kinds: Vec<Kind<K>>,
    /// Lines of kinds past [`MAX_KINDS`], which were not written.
    others: u64,
}

#[derive(Debug)]
struct Kind<K> {
    kind: K,
    written: u32,
    omitted: u64,
}

/// How an event is logged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Detail {
    Full,
    Counted,
}

/// The lines of one period that were not written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Summary<K> {
    kinds: Vec<(K, u64)>,
    others: u64,
}

impl<K: Copy + Eq> LineLimiter<K> {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            period: None,
        }
    }

    /// Returns the summary of a period that has ended, once.
    pub(crate) fn ended_period(&mut self, now: Instant) -> Option<Summary<K>> {
        let limit = self.limits.period;
        let period = self
            .period
            .take_if(|period| now.saturating_duration_since(period.started) >= limit)?;
        let omitted = period.kinds.into_iter().filter(|kind| kind.omitted > 0);
        let summary = Summary {
            kinds: omitted.map(|kind| (kind.kind, kind.omitted)).collect(),
            others: period.others,
        };
        (summary.total() > 0).then_some(summary)
    }

    /// Decides how an event is logged. Ask for the summary of an [ended period](Self::ended_period) before.
    pub(crate) fn admit(&mut self, now: Instant, kind: K) -> Detail {
        let limits = self.limits;
        let period = self.period.get_or_insert_with(|| Period {
            started: now,
            written: 0,
            kinds: Vec::new(),
            others: 0,
        });
        let known = period.kinds.iter().position(|known| known.kind == kind);
        let index = match known {
            Some(index) => index,
            None if period.kinds.len() < MAX_KINDS => {
                period.kinds.push(Kind {
                    kind,
                    written: 0,
                    omitted: 0,
                });
                period.kinds.len() - 1
            }
            None => {
                period.others += 1;
                return Detail::Counted;
            }
        };
        let kind = &mut period.kinds[index];
        if period.written < limits.lines && kind.written < limits.lines_of_a_kind {
            period.written += 1;
            kind.written += 1;
            Detail::Full
        } else {
            kind.omitted += 1;
            Detail::Counted
        }
    }
}

impl<K> Summary<K> {
    pub(crate) fn total(&self) -> u64 {
        let counts = self.kinds.iter().map(|(_, count)| count);
        counts.sum::<u64>() + self.others
    }
}

impl<K: Display> Display for Summary<K> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (kind, count) in &self.kinds {
            write!(f, "{separator}{kind} ({count})")?;
            separator = ", ";
        }
        match self.others {
            0 => Ok(()),
            others => write!(f, "{separator}others ({others})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Detail, Limits, LineLimiter, MAX_KINDS};
    use std::time::{Duration, Instant};

    const LIMITS: Limits = Limits {
        period: Duration::from_secs(10),
        lines: 5,
        lines_of_a_kind: 2,
    };

    #[expect(
        clippy::disallowed_methods,
        reason = "the tests need some instant to start from"
    )]
    fn start_time() -> Instant {
        Instant::now()
    }

    fn limiter() -> LineLimiter<&'static str> {
        LineLimiter::new(LIMITS)
    }

    #[test]
    fn first_lines_of_each_kind_are_written_and_the_rest_counted() {
        let now = start_time();
        let mut lines = limiter();
        for kind in ["a", "b"] {
            assert_eq!(lines.admit(now, kind), Detail::Full);
            assert_eq!(lines.admit(now, kind), Detail::Full);
            assert_eq!(lines.admit(now, kind), Detail::Counted);
        }
        for _ in 0..99_999 {
            assert_eq!(lines.admit(now, "a"), Detail::Counted);
        }
        let end = now + LIMITS.period;
        assert_eq!(lines.ended_period(end - Duration::from_nanos(1)), None);
        let summary = lines.ended_period(end).unwrap();
        assert_eq!(summary.total(), 100_001);
        assert_eq!(summary.to_string(), "a (100000), b (1)");
        assert_eq!(lines.ended_period(end), None, "it is told once");
        assert_eq!(lines.admit(end, "a"), Detail::Full);
    }

    #[test]
    fn all_kinds_together_are_limited() {
        let now = start_time();
        let mut lines = limiter();
        let written = ["a", "b", "c", "d", "e", "f"]
            .into_iter()
            .flat_map(|kind| [kind; 2])
            .filter(|kind| lines.admit(now, kind) == Detail::Full);
        assert_eq!(written.count(), 5);
        let summary = lines.ended_period(now + LIMITS.period).unwrap();
        assert_eq!(summary.to_string(), "c (1), d (2), e (2), f (2)");
    }

    #[test]
    fn period_without_omitted_lines_has_no_summary() {
        let now = start_time();
        let mut lines = limiter();
        lines.admit(now, "a");
        assert_eq!(lines.ended_period(now + LIMITS.period), None);
        assert_eq!(lines.admit(now + LIMITS.period, "a"), Detail::Full);
    }

    #[test]
    fn memory_is_bounded_whatever_the_kinds() {
        let now = start_time();
        let mut lines = LineLimiter::new(LIMITS);
        for kind in 0..=u16::MAX {
            lines.admit(now, kind);
        }
        let summary = lines.ended_period(now + LIMITS.period).unwrap();
        assert_eq!(summary.kinds.len(), MAX_KINDS - 5);
        assert_eq!(summary.total(), 65_536 - 5);
        let others = format!("others ({})", 65_536 - MAX_KINDS);
        assert!(summary.to_string().ends_with(&others), "{summary}");
    }

    #[test]
    fn clock_that_goes_back_ends_no_period() {
        let now = start_time() + LIMITS.period;
        let mut lines = limiter();
        for _ in 0..3 {
            lines.admit(now, "a");
        }
        let earlier = now - LIMITS.period;
        assert_eq!(lines.admit(earlier, "a"), Detail::Counted);
        assert_eq!(lines.ended_period(earlier), None);
    }
}
