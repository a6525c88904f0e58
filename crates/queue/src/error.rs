use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// A queue gave no permit.
#[derive(Debug)]
pub struct QueueError {
    kind: QueueErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl QueueError {
    /// Builds an error without a cause.
    pub const fn new(kind: QueueErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Builds an error with the cause that [`source`](Error::source) returns.
    pub fn with_source(
        kind: QueueErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// What went wrong.
    pub const fn kind(&self) -> &QueueErrorKind {
        &self.kind
    }
}

impl Display for QueueError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            QueueErrorKind::Backend => {
                f.write_str("the identify queue failed: check the service behind it, then retry")
            }
            QueueErrorKind::Closed => f.write_str(
                "the identify queue is closed: no shard can start a session until a new one is made",
            ),
            QueueErrorKind::Exhausted { retry_after } => write!(
                f,
                "the daily session starts are used up: wait {} s for the reset, and find out why \
                 so many sessions are started",
                retry_after.as_secs()
            ),
            QueueErrorKind::Ledger => f.write_str(
                "the ledger of identifies can't be written, so none may be sent: repair its store, \
                 then retry",
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

/// What kept a queue from giving a permit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum QueueErrorKind {
    /// The service behind the queue failed; it may work again later.
    Backend,
    /// The queue was shut down and will never answer again.
    Closed,
    /// The daily budget is used up to its reserve (P12), and this queue refuses
    /// rather than waits.
    Exhausted {
        /// How long until identifies are allowed again.
        retry_after: Duration,
    },
    /// The [ledger](crate::Ledger) can't be written.
    ///
    /// An identify that is not on record could be the one too many after a
    /// crash, so none is granted.
    Ledger,
}
