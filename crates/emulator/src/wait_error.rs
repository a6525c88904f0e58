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
                 these counters, or raise the limit: {:?}",
                self.stats
            ),
        }
    }
}

impl Error for WaitError {}

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
