use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A ledger can't be read or written.
#[derive(Debug)]
pub struct LedgerError {
    kind: LedgerErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl LedgerError {
    /// Builds an error without a cause.
    #[must_use]
    pub const fn new(kind: LedgerErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Builds an error with the cause that [`source`](Error::source) returns.
    pub fn with_source(
        kind: LedgerErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> LedgerErrorKind {
        self.kind
    }
}

impl Display for LedgerError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            LedgerErrorKind::Busy => {
                "another process keeps the ledger of identifies locked: look for one that hangs"
            }
            LedgerErrorKind::Corrupt => {
                "the ledger of identifies is damaged: see `GET /gateway/bot` for how many \
                 identifies are left, then remove it"
            }
            LedgerErrorKind::Read => {
                "the ledger of identifies can't be read: check its path and permissions"
            }
            LedgerErrorKind::Write => {
                "the ledger of identifies can't be written: check its path, its permissions and \
                 the space left"
            }
        })
    }
}

impl Error for LedgerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

/// What is wrong with a ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LedgerErrorKind {
    /// Another process held its lock for too long.
    Busy,
    /// It was read, and makes no sense.
    Corrupt,
    /// It can't be read.
    Read,
    /// It can't be written.
    Write,
}
