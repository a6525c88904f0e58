use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    path::{Path, PathBuf},
};

use crate::limits::LEDGER_TIMEOUT;

/// The error of a ledger that can't be read or written.
#[derive(Debug)]
pub struct LedgerError {
    kind: LedgerErrorKind,
    path: Option<PathBuf>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl LedgerError {
    /// Builds an error without a cause.
    #[must_use]
    pub const fn new(kind: LedgerErrorKind) -> Self {
        Self {
            kind,
            path: None,
            source: None,
        }
    }

    /// Builds an error with a cause, which [`source`](Error::source) returns.
    pub fn with_source(
        kind: LedgerErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(kind)
        }
    }

    /// Adds the path of the ledger's file.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Returns the kind of error.
    #[must_use]
    pub const fn kind(&self) -> LedgerErrorKind {
        self.kind
    }

    /// Returns the path of the ledger's file, if the ledger has one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl Display for LedgerError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ledger = Ledger(self.path());
        match self.kind {
            LedgerErrorKind::Busy => write!(
                f,
                "{ledger} is locked by another process: check whether that process hangs, then \
                 retry"
            ),
            LedgerErrorKind::Corrupt => write!(
                f,
                "{ledger} is damaged: look up the identifies left with `GET /gateway/bot`, then \
                 delete the ledger"
            ),
            LedgerErrorKind::Folder => write!(
                f,
                "the folder of {ledger} can't be made: check its path and permissions, or configure \
                 another path with `FileLedger::new`"
            ),
            LedgerErrorKind::NoStateFolder => write!(
                f,
                "there is no folder for {ledger}: set HOME or XDG_STATE_HOME to an absolute path, or \
                 configure a path with `FileLedger::new`"
            ),
            LedgerErrorKind::UnknownBot => write!(
                f,
                "{ledger} can't be named after the bot: the token does not begin with the id of an \
                 application; check the token, or configure a path with `FileLedger::new`"
            ),
            LedgerErrorKind::NewerFormat { format } => write!(
                f,
                "{ledger} was written in format {format} by a newer version of this library: \
                 update this program, or configure another path"
            ),
            LedgerErrorKind::Read => {
                write!(f, "{ledger} can't be read: check its path and permissions")
            }
            LedgerErrorKind::TimedOut => write!(
                f,
                "{ledger} has not answered for {} s: check whether its disk or network share hangs, \
                 then retry",
                LEDGER_TIMEOUT.as_secs()
            ),
            LedgerErrorKind::Write => write!(
                f,
                "{ledger} can't be written: check its path, its permissions and the free disk \
                 space"
            ),
        }
    }
}

impl Error for LedgerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

/// The ledger that an error is about.
struct Ledger<'a>(Option<&'a Path>);

impl Display for Ledger<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the identify ledger")?;
        match self.0 {
            Some(path) => write!(f, " `{}`", path.display()),
            None => Ok(()),
        }
    }
}

/// The reason why a ledger can't be read or written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LedgerErrorKind {
    /// Another process held the ledger's lock for too long.
    Busy,
    /// The content of the ledger is invalid.
    Corrupt,
    /// The folder of the ledger can't be made.
    Folder,
    /// The environment names no folder for the state of programs.
    NoStateFolder,
    /// The token does not begin with the id of an application.
    UnknownBot,
    /// The ledger was written by a newer version of this library, which uses
    /// another format.
    NewerFormat {
        /// The number of that format.
        format: u32,
    },
    /// The ledger can't be read.
    Read,
    /// The ledger did not finish a write within [`LEDGER_TIMEOUT`].
    TimedOut,
    /// The ledger can't be written.
    Write,
}
