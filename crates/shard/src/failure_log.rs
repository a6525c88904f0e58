//! Which ends of connections are logged in full, and which are only counted. Without IO or a clock.

use crate::{
    line_limiter::{Detail, Limits, LineLimiter, Summary},
    machine::DisconnectCause,
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The first failure of each cause is logged in full.
const LIMITS: Limits = Limits {
    period: Duration::from_secs(10),
    lines: 16,
    lines_of_a_kind: 1,
};

/// The shortest time between two lines about waits for permits.
const PERMIT_PERIOD: Duration = Duration::from_secs(60);

/// The log of failures that the shards of one configuration share.
///
/// It only decides. Its lock is held in none of its callers, so that a subscriber that takes long to write a line makes no
/// other shard wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedFailureLog(Arc<Mutex<FailureLog>>);

impl SharedFailureLog {
    /// As [`FailureLog::ended_period`].
    pub(crate) fn ended_period(&self, now: Instant) -> Option<Summary<DisconnectCause>> {
        self.lock().ended_period(now)
    }

    /// As [`FailureLog::waits_for_permit`].
    pub(crate) fn waits_for_permit(&self, now: Instant) -> Detail {
        self.lock().waits_for_permit(now)
    }

    /// As [`FailureLog::failed`].
    pub(crate) fn failed(&self, now: Instant, cause: DisconnectCause) -> Detail {
        self.lock().failed(now, cause)
    }

    fn lock(&self) -> MutexGuard<'_, FailureLog> {
        // No method leaves it half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Limits log lines when many shards lose their connections at once: within a period, the first failure of each cause is
/// logged in full, and the others are counted for one summary.
#[derive(Debug)]
struct FailureLog {
    failures: LineLimiter<DisconnectCause>,
    /// When a shard last logged that it waits for a permit.
    permit_awaited: Option<Instant>,
}

impl Default for FailureLog {
    fn default() -> Self {
        Self {
            failures: LineLimiter::new(LIMITS),
            permit_awaited: None,
        }
    }
}

impl FailureLog {
    /// Returns the summary of a period that has ended, once.
    fn ended_period(&mut self, now: Instant) -> Option<Summary<DisconnectCause>> {
        self.failures.ended_period(now)
    }

    /// Decides how a long wait for a permit is logged: in full once per minute, since all shards of a queue wait for the
    /// same.
    fn waits_for_permit(&mut self, now: Instant) -> Detail {
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
    fn failed(&mut self, now: Instant, cause: DisconnectCause) -> Detail {
        self.failures.admit(now, cause)
    }
}

#[cfg(test)]
mod tests {
    use super::{FailureLog, LIMITS};
    use crate::{
        line_limiter::Detail,
        machine::DisconnectCause::{Closed, ConnectFailed, Lost},
    };
    use std::time::Instant;

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
        let summary = log.ended_period(now + LIMITS.period).unwrap();
        assert_eq!(
            summary.to_string(),
            "the connection can't be opened (99), the connection was lost (1)"
        );
    }

    #[test]
    fn lines_are_bounded_whatever_the_codes() {
        let now = start_time();
        let mut log = FailureLog::default();
        let full = (0..=u16::MAX)
            .filter(|code| log.failed(now, Closed { code: Some(*code) }) == Detail::Full)
            .count();
        assert_eq!(full, 16);
        let summary = log.ended_period(now + LIMITS.period).unwrap();
        assert_eq!(summary.to_string(), format!("others ({})", 65_536 - 16));
    }
}
