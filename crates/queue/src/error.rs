use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// The error of a queue that did not grant a permit.
#[derive(Debug)]
pub struct QueueError {
    kind: QueueErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl QueueError {
    /// Builds an error without a cause.
    #[must_use]
    pub const fn new(kind: QueueErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Builds an error with a cause, which [`source`](Error::source) returns.
    pub fn with_source(
        kind: QueueErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// Returns the kind of error.
    #[must_use]
    pub const fn kind(&self) -> QueueErrorKind {
        self.kind
    }
}

impl Display for QueueError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            QueueErrorKind::Backend => f.write_str(
                "the identify queue's backend failed to grant a permit: check the service that \
                 the queue uses, then retry",
            ),
            QueueErrorKind::Closed => f.write_str(
                "the identify queue was shut down by its owner: configure a new queue, since no \
                 shard can start a session with this one",
            ),
            QueueErrorKind::Exhausted { retry_after } => write!(
                f,
                "the bot's daily session start limit is used up: wait {} s for the reset, and \
                 find out why the bot starts so many sessions",
                retry_after.as_secs()
            ),
            QueueErrorKind::Ledger => f.write_str(
                "the identify was not allowed because the queue can't write it to its ledger: \
                 repair the ledger's storage, then retry",
            ),
        }
    }
}

impl Error for QueueError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

/// The reason why a queue did not grant a permit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum QueueErrorKind {
    /// The service behind the queue failed. It may recover.
    Backend,
    /// The queue was shut down and never grants a permit again.
    Closed,
    /// The daily budget is used up to its reserve ([P12](gloaming_protocol::rules#p12)), and this queue
    /// returns an error instead of waiting.
    Exhausted {
        /// The time until identifies are allowed again.
        retry_after: Duration,
    },
    /// The queue can't write to its [ledger](crate::Ledger).
    ///
    /// After a crash, an identify that is not in the ledger could exceed the
    /// daily limit, so none is granted.
    Ledger,
}
