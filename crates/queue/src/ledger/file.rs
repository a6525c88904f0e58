use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Entry, Ledger, LedgerError, LedgerErrorKind, Record};

/// The largest file that is read. A day of identifies is a tiny part of it.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How often and how long to try for the lock: 10 s, where one write takes
/// milliseconds.
const LOCK_TRIES: u32 = 400;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// A ledger in one small JSON file.
///
/// Each change writes a new file beside it, makes it durable and renames it
/// over the old one: after a crash or a power cut either the old or the new
/// record is there, whole. A file that is damaged all the same is an
/// [error](LedgerErrorKind::Corrupt) and never overwritten.
///
/// # Several processes
///
/// May share one file: changes are made under a lock on a file beside it
/// (`<path>.lock`), so none is lost. A queue reads the file when it is built
/// and counts for itself from then on, so processes that run side by side see
/// each other's identifies when they start; give each its share of the budget,
/// or tell all of them what Discord says now and then. File locks work on local
/// file systems and not on every network share.
#[derive(Clone, Debug)]
pub struct FileLedger {
    path: PathBuf,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    #[serde(flatten)]
    record: &'a Record,
}

#[derive(Deserialize)]
struct Stored {
    version: u32,
    #[serde(flatten)]
    record: Record,
}

/// Of the file's format.
const VERSION: u32 = 1;

impl FileLedger {
    /// Uses the file at `path`, which need not exist yet; its directory must.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut path = OsString::from(&self.path);
        path.push(suffix);
        path.into()
    }

    /// Locks out other processes until the file is dropped.
    fn lock(&self) -> Result<File, LedgerError> {
        let failed = |error| LedgerError::with_source(LedgerErrorKind::Write, error);
        let file = File::options()
            .create(true)
            .append(true)
            .open(self.beside(".lock"))
            .map_err(failed)?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                // Nothing to be had here; the rename keeps the file whole.
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    return Ok(file);
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        Err(LedgerError::new(LedgerErrorKind::Busy))
    }

    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let temporary = self.beside(&format!(".{}.tmp", process::id()));
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &self.path)?;
        sync_directory(&self.path)
    }
}

impl Ledger for FileLedger {
    fn load(&self) -> Result<Record, LedgerError> {
        let failed = |error| LedgerError::with_source(LedgerErrorKind::Read, error);
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Record::default()),
            Err(error) => return Err(failed(error)),
        };
        let mut content = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut content)
            .map_err(failed)?;
        let stored = serde_json::from_slice::<Stored>(&content)
            .map_err(|error| LedgerError::with_source(LedgerErrorKind::Corrupt, error))?;
        if stored.version != VERSION {
            let reason = format!("format {} is not known", stored.version);
            return Err(LedgerError::with_source(LedgerErrorKind::Corrupt, reason));
        }
        Ok(stored.record)
    }

    fn record(&self, entries: &[Entry]) -> Result<(), LedgerError> {
        let _lock = self.lock()?;
        let mut record = self.load()?;
        for entry in entries {
            record.apply(entry);
        }
        let written = Written {
            version: VERSION,
            record: &record,
        };
        let content = serde_json::to_vec(&written)
            .map_err(|error| LedgerError::with_source(LedgerErrorKind::Write, error))?;
        self.replace(&content)
            .map_err(|error| LedgerError::with_source(LedgerErrorKind::Write, error))
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

/// Elsewhere a directory can't be opened as a file, and renames are journaled.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}
