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

use crate::{
    ledger::{Ledger, LedgerEntry, LedgerError, LedgerErrorKind, LedgerState},
    state_path::{StateVariables, application_id},
};

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

    /// Builds a ledger for the bot with this token, in the folder in which programs of this user keep their
    /// state: `$XDG_STATE_HOME` or `~/.local/state`, and `%LOCALAPPDATA%` on Windows. The file is
    /// `gloaming/<application id>/identifies.json` in it. The folder is made if it does not exist.
    ///
    /// The token is not stored. Its first part contains the id of the application. Bots on one machine have
    /// different files; programs that run the same bot as the same user share one, as they share the limit.
    ///
    /// ```no_run
    /// use gloaming_queue::{FileLedger, InMemoryQueue, QueueSettings};
    ///
    /// # fn example(token: &str) -> Result<(), gloaming_queue::LedgerError> {
    /// let ledger = FileLedger::for_bot(token)?;
    /// let queue = InMemoryQueue::with_ledger(QueueSettings::default(), ledger)?;
    /// # drop(queue);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the token contains no application id, if there is no such folder, or if it can't be made. The
    /// error names the path.
    pub fn for_bot(token: &str) -> Result<Self, LedgerError> {
        Self::for_bot_in(token, StateVariables::of_process())
    }

    fn for_bot_in(token: &str, variables: StateVariables) -> Result<Self, LedgerError> {
        let id =
            application_id(token).ok_or_else(|| LedgerError::new(LedgerErrorKind::UnknownBot))?;
        let folder = variables
            .folder()
            .ok_or_else(|| LedgerError::new(LedgerErrorKind::NoStateFolder))?
            .join(id);
        let ledger = Self::new(folder.join("identifies.json"));
        match fs::create_dir_all(&folder) {
            Ok(()) => Ok(ledger),
            Err(error) => Err(ledger.error(LedgerErrorKind::Folder, error)),
        }
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

#[cfg(test)]
mod tests {
    use super::FileLedger;
    use crate::{
        ledger::{Ledger, LedgerErrorKind, LedgerState},
        state_path::StateVariables,
    };
    use std::{env, fs, path::Path, process};

    const TOKEN: &str = "MTI.secret.secret";

    fn variables(state: &Path) -> StateVariables {
        StateVariables {
            xdg_state_home: Some(state.into()),
            ..StateVariables::default()
        }
    }

    #[test]
    fn ledger_of_a_bot_is_in_the_state_folder() {
        let state = env::temp_dir().join(format!("gloaming-ledger-{}", process::id()));
        let ledger = FileLedger::for_bot_in(TOKEN, variables(&state)).unwrap();
        assert_eq!(ledger.path(), state.join("gloaming/12/identifies.json"));
        assert_eq!(ledger.load().unwrap(), LedgerState::default());

        let file = state.join("file");
        fs::write(&file, "").unwrap();
        let error = FileLedger::for_bot_in(TOKEN, variables(&file)).unwrap_err();
        assert_eq!(error.kind(), LedgerErrorKind::Folder);
        let path = file.join("gloaming/12/identifies.json");
        assert_eq!(error.path(), Some(&*path), "{error}");
        fs::remove_dir_all(&state).unwrap();
    }

    #[test]
    fn bot_without_an_id_or_a_folder_is_an_error_without_the_token() {
        let nowhere = StateVariables::default;
        for (token, kind) in [
            ("secret.s.s", LedgerErrorKind::UnknownBot),
            (TOKEN, LedgerErrorKind::NoStateFolder),
        ] {
            let error = FileLedger::for_bot_in(token, nowhere()).unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
