//! The report of a panic in a shard's task.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// The report of a panic in a shard's task.
///
/// The panic comes from code that the application plugged in and that runs inside of the task, such as a
/// connector, a queue or a transport. Only a supervisor reports crashes, for example the cluster of
/// `gloaming-cluster`; for a single [`SpawnedShard`](crate::SpawnedShard), [`join`](crate::SpawnedShard::join)
/// returns the panic.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Crash {
    reason: Box<str>,
    count: u64,
    restart_delay: Option<Duration>,
}

impl Crash {
    /// Creates the report of a shard's crash number `count`, from one on.
    #[must_use]
    pub fn new(reason: impl Into<Box<str>>, count: u64, restart_delay: Option<Duration>) -> Self {
        Self {
            reason: reason.into(),
            count,
            restart_delay,
        }
    }

    /// Returns the panic's message, shortened to at most 500 characters by `gloaming-cluster`.
    #[must_use]
    pub const fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the number of times that the shard has crashed, this crash included.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Returns the time until the shard starts again and resumes its session, or `None` if it is not
    /// started again.
    #[must_use]
    pub const fn restart_delay(&self) -> Option<Duration> {
        self.restart_delay
    }
}

impl Display for Crash {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "the shard's task panicked: {}; ", self.reason)?;
        match self.restart_delay {
            Some(delay) => write!(f, "it restarts in {:.1} s", delay.as_secs_f64()),
            None => f.write_str("it is not restarted"),
        }
    }
}
