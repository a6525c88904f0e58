//! Which ends of connections are logged in full, and which are only counted. Without IO or a clock.

use crate::machine::DisconnectCause;
use std::{
    fmt::{self, Display, Formatter},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The time that one summary is about.
const PERIOD: Duration = Duration::from_secs(10);

/// The shortest time between two lines about waits for permits.
const PERMIT_PERIOD: Duration = Duration::from_secs(60);

/// Causes that are counted apart; a server chooses the codes with which it closes.
const MAX_CAUSES: usize = 16;

/// The log of failures that the shards of one configuration share.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedFailureLog(Arc<Mutex<FailureLog>>);

impl SharedFailureLog {
    pub(crate) fn lock(&self) -> MutexGuard<'_, FailureLog> {
        // No method leaves it half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Limits log lines when many shards lose their connections at once: within a period, the first failure of each cause is
/// logged in full, and the others are counted for one summary.
#[derive(Debug, Default)]
pub(crate) struct FailureLog {
    period: Option<Period>,
    /// When a shard last logged that it waits for a permit.
    permit_awaited: Option<Instant>,
}

#[derive(Debug)]
struct Period {
    started: Instant,
    summary: Summary,
}

/// How a failure is logged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Detail {
    Full,
    Counted,
}

/// The failures of one period that were not logged in full.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Summary {
    causes: Vec<(DisconnectCause, u64)>,
    others: u64,
}

impl FailureLog {
    /// Returns the summary of a period that has ended, once.
    pub(crate) fn ended_period(&mut self, now: Instant) -> Option<Summary> {
        let period = self
            .period
            .take_if(|period| now.saturating_duration_since(period.started) >= PERIOD)?;
        (period.summary.total() > 0).then_some(period.summary)
    }

    /// Decides how a long wait for a permit is logged: in full once per minute, since all shards of a queue wait for the
    /// same.
    pub(crate) fn waits_for_permit(&mut self, now: Instant) -> Detail {
        let is_known = self
            .permit_awaited
            .is_some_and(|logged| now.saturating_duration_since(logged) < PERMIT_PERIOD);
        if is_known {
            return Detail::Counted;
        }
        self.permit_awaited = Some(now);
        Detail::Full
    }

    /// Decides how a failure is logged. Ask for the summary of an [ended period](Self::ended_period) before.
    pub(crate) fn failed(&mut self, now: Instant, cause: DisconnectCause) -> Detail {
        let period = self.period.get_or_insert_with(|| Period {
            started: now,
            summary: Summary::default(),
        });
        let Summary { causes, others } = &mut period.summary;
        if let Some((_, count)) = causes.iter_mut().find(|(known, _)| *known == cause) {
            *count += 1;
            Detail::Counted
        } else if causes.len() < MAX_CAUSES {
            causes.push((cause, 0));
            Detail::Full
        } else {
            *others += 1;
            Detail::Counted
        }
    }
}

impl Summary {
    pub(crate) fn total(&self) -> u64 {
        let counts = self.causes.iter().map(|(_, count)| count);
        counts.sum::<u64>() + self.others
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (cause, count) in self.causes.iter().filter(|(_, count)| *count > 0) {
            write!(f, "{separator}{cause} ({count})")?;
            separator = ", ";
        }
        match self.others {
            0 => Ok(()),
            others => write!(f, "{separator}other causes ({others})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Detail, FailureLog, MAX_CAUSES, PERIOD};
    use crate::machine::DisconnectCause::{Closed, ConnectFailed, Lost};
    use std::time::{Duration, Instant};

    #[expect(
        clippy::disallowed_methods,
        reason = "the tests need some instant to start from"
    )]
    fn start_time() -> Instant {
        Instant::now()
    }

    #[test]
    fn first_failure_of_each_cause_is_logged_in_full_and_the_rest_counted() {
        let now = start_time();
        let mut log = FailureLog::default();
        assert_eq!(log.failed(now, ConnectFailed), Detail::Full);
        assert_eq!(log.failed(now, Lost), Detail::Full);
        for _ in 0..99 {
            assert_eq!(log.failed(now, ConnectFailed), Detail::Counted);
        }
        assert_eq!(log.failed(now, Lost), Detail::Counted);
        let just_before = now + PERIOD - Duration::from_nanos(1);
        assert_eq!(log.ended_period(just_before), None);
        let summary = log.ended_period(now + PERIOD).unwrap();
        assert_eq!(summary.total(), 100);
        assert_eq!(
            summary.to_string(),
            "the connection can't be opened (99), the connection was lost (1)"
        );
        assert_eq!(log.ended_period(now + PERIOD), None, "it is told once");
        assert_eq!(log.failed(now + PERIOD, Lost), Detail::Full);
    }

    #[test]
    fn period_without_repetition_has_no_summary() {
        let now = start_time();
        let mut log = FailureLog::default();
        log.failed(now, Lost);
        assert_eq!(log.ended_period(now + PERIOD), None);
        assert_eq!(log.failed(now + PERIOD, Lost), Detail::Full);
    }

    #[test]
    fn memory_and_lines_are_bounded_whatever_the_codes() {
        let now = start_time();
        let mut log = FailureLog::default();
        let full = (0..=u16::MAX)
            .filter(|code| log.failed(now, Closed { code: Some(*code) }) == Detail::Full)
            .count();
        assert_eq!(full, MAX_CAUSES);
        let summary = log.ended_period(now + PERIOD).unwrap();
        assert_eq!(
            summary.to_string(),
            format!("other causes ({})", 65_536 - MAX_CAUSES)
        );
    }

    #[test]
    fn clock_that_goes_back_ends_no_period() {
        let now = start_time() + PERIOD;
        let mut log = FailureLog::default();
        log.failed(now, Lost);
        assert_eq!(log.failed(now - PERIOD, Lost), Detail::Counted);
        assert_eq!(log.ended_period(now - PERIOD), None);
    }
}
