//! The error of a store.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    path::{Path, PathBuf},
};

type Source = Box<dyn Error + Send + Sync>;

/// A store of sessions could not be read or written.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    path: Option<PathBuf>,
    source: Option<Source>,
}

/// Why a store of sessions could not be read or written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The content is damaged: a disk, a program or a person changed it.
    Damaged,
    /// The directory can't be made.
    Folder,
    /// The file is none of a session store.
    Foreign,
    /// Another process uses the directory, or another store of this process.
    Locked,
    /// A newer version of this library wrote the file, in another format.
    NewerFormat {
        /// The number of that format.
        format: u32,
    },
    /// The environment names no directory for the state of programs.
    NoStateFolder,
    /// A store that is not part of this library failed. The source says why.
    Other,
    /// The sessions are those of another bot.
    OtherBot,
    /// The file can't be read.
    Read,
    /// The store did not answer in time.
    TimedOut,
    /// The checkpoints, or the file, exceed the [bound](crate::FileStore::max_bytes) of the store.
    TooLarge,
    /// The file can't be written.
    Write,
}

impl StoreError {
    /// Makes an error without a cause.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self {
            kind,
            path: None,
            source: None,
        }
    }

    /// Makes an error with a cause, which [`source`](Error::source) returns.
    #[must_use]
    pub fn with_source(kind: StoreErrorKind, source: impl Into<Source>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(kind)
        }
    }

    /// Makes an error of kind [`Other`](StoreErrorKind::Other), for stores that are not part of this library.
    #[must_use]
    pub fn other(source: impl Into<Source>) -> Self {
        Self::with_source(StoreErrorKind::Other, source)
    }

    /// Adds the path of the file or directory.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Returns the kind of error.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Returns the path of the file or directory, if the store has one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl From<StoreErrorKind> for StoreError {
    fn from(kind: StoreErrorKind) -> Self {
        Self::new(kind)
    }
}

impl Display for StoreError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the session store")?;
        if let Some(path) = &self.path {
            write!(f, " `{}`", path.display())?;
        }
        if let StoreErrorKind::NewerFormat { format } = self.kind {
            return write!(
                f,
                " was written in format {format} by a newer version of this library: update this program, or \
                 configure another directory"
            );
        }
        f.write_str(match self.kind {
            StoreErrorKind::NewerFormat { .. } => "",
            StoreErrorKind::Damaged => {
                " is damaged: delete the file, or choose `OnDamage::StartFresh`; the shards then identify"
            }
            StoreErrorKind::Folder => {
                " can't be made: check the path and its permissions, or configure another directory"
            }
            StoreErrorKind::Foreign => {
                " is a file of another program: configure another directory"
            }
            StoreErrorKind::Locked => {
                " is used by another process: stop that process, or configure a directory for each"
            }
            StoreErrorKind::NoStateFolder => {
                " has no directory: set HOME or XDG_STATE_HOME to an absolute path, or configure a directory with \
                 `FileStore::new`"
            }
            StoreErrorKind::Other => " failed: check the service or library that keeps the sessions",
            StoreErrorKind::OtherBot => {
                " has the sessions of another bot: check the token, or configure a directory for each bot"
            }
            StoreErrorKind::Read => " can't be read: check the path and its permissions",
            StoreErrorKind::TimedOut => {
                " did not answer in time: check whether its disk or service hangs"
            }
            StoreErrorKind::TooLarge => {
                " exceeds its bound: store less state of the application, or raise `FileStore::max_bytes`"
            }
            StoreErrorKind::Write => {
                " can't be written: check the path, its permissions and the free disk space"
            }
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source as &(dyn Error + 'static))
    }
}
