mod format;
mod seen;

use std::{
    error::Error,
    ffi::OsString,
    fmt::{self, Debug, Formatter},
    fs::{self, File},
    hash::{BuildHasher as _, RandomState},
    io::{self, ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
    process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use self::{
    format::FormatError,
    seen::{Content, Continuity, reconcile},
};
use crate::{
    clock_reading::ClockReading,
    file_lock::{FileLock, FileLockError},
    ledger::{
        Ledger, LedgerAnswer, LedgerEntry, LedgerError, LedgerErrorKind, LedgerState,
        LedgerVerdict, RecordedIdentify,
    },
    settings::QueueSettings,
    state_path::{StateVariables, application_id},
};

/// The largest file that is read. A day of identifies takes a tiny part of it.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How long the lock is tried; a write takes milliseconds.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

/// A ledger in one small JSON file.
///
/// Each change writes a new file beside the old one, makes it durable and
/// renames it over the old one. After a crash or a power failure the file is
/// complete, in its old or its new state. A file that is damaged nevertheless is
/// an [error](LedgerErrorKind::Corrupt) and is never overwritten.
///
/// # Several processes
///
/// Any number of processes of one machine may share one file, and keep the limits of Discord together: both the
/// spacing of identifies with the same rate-limit key ([P11](gloaming_protocol::rules#p11)) and the daily limit
/// ([P12](gloaming_protocol::rules#p12)). Under a lock on a file beside it (`<path>.lock`), each change reads the file
/// first, and an identify is recorded only if the limits allow it. Otherwise the shard waits in the queue of its
/// process. All of them need the same `max_concurrency`, `total` and `reserve` in their [`QueueSettings`].
///
/// File locks work on local file systems, but not on every network share.
///
/// # Killed processes
///
/// A process that is killed after a permit was granted, and before the file says that IDENTIFY was sent, blocks the
/// rate-limit key of that permit for up to 65.3 s from the grant: until its [lease](crate::PERMIT_LEASE) of 60 s and the
/// [spacing](crate::IDENTIFY_SPACING) after it end. That also holds for the process that is started in its place. Nobody can
/// tell whether and when it sent IDENTIFY, so the latest possible time counts, and the limit is kept in each case. The
/// identify also counts for the daily limit. Shards of other keys, and those that resume, do not wait.
///
/// # Deleted files
///
/// A file that is deleted, or replaced by another one or an older copy of it, while a process uses it is written again
/// with the identifies that this process knows of, and a warning names its path. To begin anew, stop all processes that
/// use the file first.
#[derive(Clone)]
pub struct FileLedger {
    path: PathBuf,
    clock: Arc<dyn Fn() -> ClockReading + Send + Sync>,
    /// The file as this process read or wrote it last.
    seen: Arc<Mutex<Option<Content>>>,
}

/// Whether the file has to be written.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Change {
    Needless,
    Needed,
}

impl FileLedger {
    /// Builds a ledger for the file at `path`. The file need not exist; its
    /// directory must.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            clock: Arc::new(ClockReading::now),
            seen: Arc::default(),
        }
    }

    /// Reads another clock, for tests of wrong clocks. Not public API.
    #[doc(hidden)]
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> ClockReading + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            ..self
        }
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

    fn seen(&self) -> MutexGuard<'_, Option<Content>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the file, under the lock. The clock is read within, so that times are in the order of the changes.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut LedgerState, &ClockReading) -> (T, Change),
    ) -> Result<(T, LedgerState, ClockReading), LedgerError> {
        let lock = FileLock::take(&self.path_with_suffix(".lock"), LOCK_PATIENCE);
        let lock = lock.map_err(|error| match error {
            FileLockError::Busy => LedgerError::new(LedgerErrorKind::Busy).with_path(&self.path),
            FileLockError::Io(error) => self.error(LedgerErrorKind::Write, error),
        })?;
        let mut seen = self.seen();
        let found = self.read()?;
        let now = (self.clock)();
        let is_missing = found.is_none();
        let (mut content, continuity) = reconcile(found, seen.as_ref(), &now);
        let (result, changed) = change(&mut content.state, &now);
        let state = content.state.clone();
        if changed == Change::Needed || continuity != Continuity::Continued {
            content.id = content.id.or_else(|| Some(RandomState::new().hash_one(0)));
            content.revision += 1;
            self.write(&content, &lock)
                .map_err(|error| self.error(LedgerErrorKind::Write, error))?;
        } else if is_missing {
            return Ok((result, state, now));
        }
        self.warn_about(continuity);
        *seen = Some(content);
        Ok((result, state, now))
    }

    /// Returns the content, or `None` if there is no file.
    fn read(&self) -> Result<Option<Content>, LedgerError> {
        let failed = |error| self.error(LedgerErrorKind::Read, error);
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut content = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut content)
            .map_err(failed)?;
        match format::parse(&content) {
            Ok(content) => Ok(Some(content)),
            Err(FormatError::NewerFormat(kind)) => {
                Err(LedgerError::new(kind).with_path(&self.path))
            }
            Err(FormatError::Corrupt(reason)) => Err(self.error(LedgerErrorKind::Corrupt, reason)),
        }
    }

    fn write(&self, content: &Content, lock: &FileLock) -> io::Result<()> {
        let bytes = format::write(content)?;
        let temporary = match lock {
            FileLock::Exclusive(_) => self.path_with_suffix(".tmp"),
            FileLock::Unsupported => self.path_with_suffix(&format!(".{}.tmp", process::id())),
        };
        let mut file = File::create(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &self.path)?;
        sync_directory(&self.path)
    }

    /// Says that the file was not what this process expects.
    #[cfg(feature = "tokio")]
    fn warn_about(&self, continuity: Continuity) {
        let path = self.path.display();
        match continuity {
            Continuity::Continued => {}
            Continuity::Deleted => tracing::warn!(
                %path,
                "the ledger of identifies was deleted while it is used: it is written again, with the identifies that \
                 this process knows of. To begin anew, stop all processes that use it first"
            ),
            Continuity::Replaced => tracing::warn!(
                %path,
                "the ledger of identifies was replaced by another file or an older copy while it is used: the \
                 identifies that this process knows of are added to it. To begin anew, stop all processes that use it \
                 first"
            ),
        }
    }

    #[cfg(not(feature = "tokio"))]
    const fn warn_about(&self, _: Continuity) {}
}

impl Ledger for FileLedger {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        let mut seen = self.seen();
        let found = self.read()?;
        let is_missing = found.is_none();
        let (content, continuity) = reconcile(found, seen.as_ref(), &(self.clock)());
        // Otherwise the next change writes it, and says so.
        if continuity == Continuity::Continued && !is_missing {
            *seen = Some(content.clone());
        }
        Ok(content.state)
    }

    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        self.change(|state, now| {
            state.pass_time(now);
            for entry in entries {
                state.apply(entry, now);
            }
            ((), Change::Needed)
        })
        .map(|_| ())
    }

    fn spend(
        &self,
        identifies: &[RecordedIdentify],
        settings: &QueueSettings,
    ) -> Result<LedgerAnswer, LedgerError> {
        let (verdicts, state, now) = self.change(|state, now| {
            let verdicts = identifies
                .iter()
                .map(|identify| state.spend(*identify, settings, now))
                .collect::<Vec<_>>();
            let change = match verdicts.contains(&LedgerVerdict::Recorded) {
                true => Change::Needed,
                false => Change::Needless,
            };
            (verdicts, change)
        })?;
        Ok(LedgerAnswer::new(verdicts, state, now))
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

impl Debug for FileLedger {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLedger")
            .field("path", &self.path)
            .finish_non_exhaustive()
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
    fn path_is_known_through_the_trait_and_in_debug_output() {
        let ledger: Box<dyn Ledger> = Box::new(FileLedger::new("bot/identifies.json"));
        assert_eq!(ledger.path(), Some(Path::new("bot/identifies.json")));
        assert_eq!(
            format!("{ledger:?}"),
            r#"FileLedger { path: "bot/identifies.json", .. }"#
        );
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
