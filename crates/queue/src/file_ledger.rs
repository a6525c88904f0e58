use std::{
    cmp::Ordering,
    error::Error,
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::ledger::{Ledger, LedgerEntry, LedgerError, LedgerErrorKind, LedgerState};

/// The largest file that is read. A day of identifies takes a tiny part of it.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The lock is tried for 10 s; a write takes milliseconds.
const LOCK_ATTEMPTS: u32 = 400;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// A ledger in one small JSON file.
///
/// Each change writes a new file beside the old one, makes it durable and
/// renames it over the old one. After a crash or a power failure the file is
/// complete, in its old or its new state. A file that is damaged nevertheless is
/// an [error](LedgerErrorKind::Corrupt) and is never overwritten.
///
/// # Several processes
///
/// Several processes may share one file: changes are made under a lock on a file
/// beside it (`<path>.lock`), so none is lost. A queue reads the file when it is
/// built and counts by itself from then on, so processes that run at the same
/// time see each other's identifies only at their start. Give each process its
/// share of the budget, or pass Discord's current values to each of them
/// regularly. File locks work on local file systems, but not on every network
/// share.
#[derive(Clone, Debug)]
pub struct FileLedger {
    path: PathBuf,
}

/// The number of the file's format.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    #[serde(flatten)]
    state: &'a LedgerState,
}

/// What a file of any format has.
#[derive(Deserialize)]
struct Header {
    version: u32,
}

impl FileLedger {
    /// Builds a ledger for the file at `path`. The file need not exist; its
    /// directory must.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn path_with_suffix(&self, suffix: &str) -> PathBuf {
        let mut path = OsString::from(&self.path);
        path.push(suffix);
        path.into()
    }

    fn error(
        &self,
        kind: LedgerErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> LedgerError {
        LedgerError::with_source(kind, source).with_path(&self.path)
    }

    /// Locks out other processes until the returned file is dropped.
    fn lock(&self) -> Result<File, LedgerError> {
        let failed = |error| self.error(LedgerErrorKind::Write, error);
        let file = File::options()
            .create(true)
            .append(true)
            .open(self.path_with_suffix(".lock"))
            .map_err(failed)?;
        for _ in 0..LOCK_ATTEMPTS {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                // This file system has no locks. The rename still keeps the file complete.
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    return Ok(file);
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        Err(LedgerError::new(LedgerErrorKind::Busy).with_path(&self.path))
    }

    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let temporary = self.path_with_suffix(&format!(".{}.tmp", process::id()));
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &self.path)?;
        sync_directory(&self.path)
    }

    fn parse(&self, content: &[u8]) -> Result<LedgerState, LedgerError> {
        let corrupt = |error: serde_json::Error| self.error(LedgerErrorKind::Corrupt, error);
        let header = serde_json::from_slice::<Header>(content).map_err(corrupt)?;
        let format = header.version;
        match format.cmp(&FORMAT) {
            Ordering::Equal => serde_json::from_slice(content).map_err(corrupt),
            Ordering::Greater => {
                let kind = LedgerErrorKind::NewerFormat { format };
                Err(LedgerError::new(kind).with_path(&self.path))
            }
            Ordering::Less => {
                let reason = format!("there is no format {format}");
                Err(self.error(LedgerErrorKind::Corrupt, reason))
            }
        }
    }
}

impl Ledger for FileLedger {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        let failed = |error| self.error(LedgerErrorKind::Read, error);
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(LedgerState::default());
            }
            Err(error) => return Err(failed(error)),
        };
        let mut content = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut content)
            .map_err(failed)?;
        self.parse(&content)
    }

    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        let _lock = self.lock()?;
        let mut state = self.load()?;
        for entry in entries {
            state.apply(entry);
        }
        let written = Written {
            version: FORMAT,
            state: &state,
        };
        let content = serde_json::to_vec(&written)
            .map_err(|error| self.error(LedgerErrorKind::Write, error))?;
        self.replace(&content)
            .map_err(|error| self.error(LedgerErrorKind::Write, error))
    }
}

/// Makes a rename durable.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

/// Other systems can't open a directory as a file, and their file systems
/// journal renames.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}
