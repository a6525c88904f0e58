//! A task that ended the way no task should.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// A shard's task panicked: the fault of code that runs inside of it, such as a connector, a queue or a
/// transport of the user's own.
///
/// Only whoever supervises shards, as a cluster does, tells of one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Crash {
    reason: Box<str>,
    count: u64,
    after: AfterCrash,
}

/// What follows a crash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AfterCrash {
    /// The shard starts again and resumes its session, if it had one.
    Restart {
        /// How long until then.
        after: Duration,
    },
    /// The shard is not started again.
    GiveUp,
}

impl Crash {
    /// The crash number `count` of a shard.
    #[must_use]
    pub fn new(reason: impl Into<Box<str>>, count: u64, after: AfterCrash) -> Self {
        Self {
            reason: reason.into(),
            count,
            after,
        }
    }

    /// The panic's message.
    #[must_use]
    pub const fn reason(&self) -> &str {
        &self.reason
    }

    /// How often the shard has crashed, this time included.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// What comes next.
    #[must_use]
    pub const fn after(&self) -> AfterCrash {
        self.after
    }
}

impl Display for Crash {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "the shard's task panicked: {}; ", self.reason)?;
        match self.after {
            AfterCrash::Restart { after } => write!(f, "it starts again after {after:?}"),
            AfterCrash::GiveUp => f.write_str("it is not started again"),
        }
    }
}
