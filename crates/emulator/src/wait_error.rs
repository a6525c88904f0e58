use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::Duration,
};

use crate::stats::Stats;

/// The error of a wait for a condition on the [`Stats`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WaitError {
    kind: WaitErrorKind,
    stats: Box<Stats>,
}

impl WaitError {
    pub(crate) fn new(kind: WaitErrorKind, stats: Stats) -> Self {
        Self {
            kind,
            stats: Box::new(stats),
        }
    }

    /// Returns the kind of error.
    #[must_use]
    pub const fn kind(&self) -> WaitErrorKind {
        self.kind
    }

    /// Returns the counters at the end of the wait.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }
}

impl Display for WaitError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            WaitErrorKind::TimedOut { limit } => write!(
                f,
                "the client did not meet the condition within {limit:?}: compare the condition with \
                 the counters, or raise the limit; {}",
                Counters(&self.stats)
            ),
        }
    }
}

impl Error for WaitError {}

/// The counters that are not zero.
struct Counters<'a>(&'a Stats);

impl Display for Counters<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // Stats are numbers, which always have a value.
        let stats = serde_json::to_value(self.0).unwrap_or_default();
        let counters = stats.as_object().into_iter().flatten();
        let mut separator = "those that are not zero: ";
        for (name, count) in counters.filter(|(_, count)| count.as_u64() != Some(0)) {
            write!(f, "{separator}{name} {count}")?;
            separator = ", ";
        }
        match separator {
            ", " => Ok(()),
            _ => f.write_str("all of them are zero"),
        }
    }
}

/// The reason why a wait failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WaitErrorKind {
    /// The condition was not met in time.
    TimedOut {
        /// The time limit of the wait.
        limit: Duration,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_the_counters_that_are_not_zero() {
        let limit = Duration::from_secs(5);
        let text = |stats| WaitError::new(WaitErrorKind::TimedOut { limit }, stats).to_string();
        let stats = Stats {
            connections: 1,
            dispatches: 4,
            ..Stats::default()
        };
        let text_of_two = text(stats);
        assert!(
            text_of_two.ends_with("those that are not zero: connections 1, dispatches 4"),
            "{text_of_two}"
        );
        assert!(text(Stats::default()).ends_with("all of them are zero"));
    }
}
