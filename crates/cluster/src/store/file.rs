//! A store in a directory.

mod folder;
mod log_file;
pub(super) mod log_format;

pub use self::log_file::OnDamage;
use self::{
    folder::Folder,
    log_file::{LogFile, Settings},
    log_format::{Entry, FileHeader},
};
use super::{Checkpoint, SessionStore, StoreError, StoreErrorKind, StoreOwner};
use gloaming_protocol::{ShardId, Token};
use gloaming_queue::{BoxFuture, files::StateVariables};
use std::{
    panic,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Mutex, task::spawn_blocking};
use tracing::dispatcher::{Dispatch, get_default, set_default};

/// A store in a directory, which survives a crash of the process and of the machine.
///
/// It appends each batch to one file, `checkpoints.log`, and makes it durable with one `fdatasync`, whatever the number of
/// shards. Each batch has a checksum. One that was not finished, since the process was killed or the power failed, is
/// dropped with a warning when the file is read, and the batch before it counts. When the file is three times as long as
/// what is live in it, and longer than 4 MiB, a new one is written beside it, made durable, and renamed over it.
///
/// # One process
///
/// The first call takes a lock on the directory, waits up to 5 s for it, and keeps it until the store and its clones are
/// dropped, the store is [released](SessionStore::release), or the process ends. Another process gets
/// [`StoreErrorKind::Locked`]. Give the processes of one bot that run at the same time a directory each, or a store of
/// their own that they share. File locks work on local file systems, but not on every network share.
///
/// A process that hands all of its shards to a new one releases the store before the new one has them, so that both
/// have the same directory. If the shards come back, it takes the lock again as soon as the new process has released it
/// or ended.
///
/// # What is in it
///
/// The ids of sessions, their last sequences and resume URLs, the state of the application, and the
/// [owner](StoreOwner) instead of the token. With the token, a session id lets anyone resume the session. So on Unix, only
/// the user of the process can read the file (mode 0600), and enter the directory if the store made it (0700).
///
/// # Bounds
///
/// The live checkpoints have at most [`max_bytes`](Self::max_bytes) together, which are in memory as well, and the file
/// about four times as many, plus 4 MiB. One checkpoint has at most 64 MiB.
///
/// # Cancel safety and blocking
///
/// A call that was polled is done even if its future is dropped, before any later call. Files are read and written in
/// tokio's threads for blocking work, so the futures need a runtime of tokio. One that is dropped waits for a call that has
/// begun: a program whose disk may hang forever ends with
/// [`Runtime::shutdown_timeout`](https://docs.rs/tokio/latest/tokio/runtime/struct.Runtime.html#method.shutdown_timeout).
///
/// ```no_run
/// use gloaming_cluster::{Cluster, FileStore};
/// use gloaming_protocol::Intents;
///
/// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
/// let (cluster, events) = Cluster::builder(token, Intents::GUILDS)
///     .session_store(FileStore::new("/var/lib/my-bot/sessions"))
///     .build()
///     .await?;
/// # drop((cluster, events));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: Folder,
    settings: Settings,
    /// `None` until the first call.
    log: Arc<Mutex<Option<LogFile>>>,
}

impl FileStore {
    /// Makes a store in this directory, which need not exist. Nothing is read or locked before the first call.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            folder: Folder::new(directory.into()),
            settings: Settings::DEFAULT,
            log: Arc::default(),
        }
    }

    /// Makes a store for the bot with this token, in the directory in which programs of this user keep their state:
    /// `$XDG_STATE_HOME` or `~/.local/state`, and `%LOCALAPPDATA%` on Windows. It is `gloaming/<owner>/sessions` in it.
    ///
    /// # Errors
    ///
    /// Fails with [`StoreErrorKind::NoStateFolder`] if there is no such directory.
    pub fn for_bot(token: &str) -> Result<Self, StoreError> {
        Self::for_bot_in(token, StateVariables::of_process())
    }

    fn for_bot_in(token: &str, variables: StateVariables) -> Result<Self, StoreError> {
        let state = variables.folder();
        let state = state.ok_or_else(|| StoreError::new(StoreErrorKind::NoStateFolder))?;
        let owner = StoreOwner::of(&Token::new(token)).to_string();
        Ok(Self::new(state.join(owner).join("sessions")))
    }

    /// Sets what is done with a file of which the checkpoints can't be used. Default: it is an error.
    #[must_use]
    pub const fn on_damage(mut self, on_damage: OnDamage) -> Self {
        self.settings.on_damage = on_damage;
        self
    }

    /// Sets how many bytes the live checkpoints have at most together. More are an error. Default 256 MiB.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.settings.max_bytes = bytes;
        self
    }

    /// Sets up to which length the file is not written anew, for tests. Not public API.
    #[doc(hidden)]
    #[must_use]
    pub const fn least_rewrite(mut self, bytes: u64) -> Self {
        self.settings.least_rewrite = bytes;
        self
    }

    /// Sets how long the lock is awaited, for tests. Not public API.
    #[doc(hidden)]
    #[must_use]
    pub const fn lock_patience(mut self, patience: Duration) -> Self {
        self.settings.lock_patience = patience;
        self
    }

    /// Returns the path of the directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Reads the content of a file, for tests. Not public API.
    #[doc(hidden)]
    pub fn decode(file: &[u8], owner: StoreOwner) -> Result<Vec<Checkpoint>, StoreErrorKind> {
        let content = log_format::read(file, owner).map_err(|error| error.kind)?;
        Ok(content.live.into_values().collect())
    }

    /// Writes a file of batches with any content and valid checksums, for tests. Not public API.
    #[doc(hidden)]
    pub fn encode<'a>(owner: StoreOwner, payloads: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let header = FileHeader { id: 7, owner };
        let mut file = log_format::write_header(header);
        for (number, payload) in (0..).zip(payloads) {
            log_format::write_frame(&mut file, header, number, payload);
        }
        file
    }

    /// Writes a file with these checkpoints, for tests. Not public API.
    #[doc(hidden)]
    pub fn encode_checkpoints(owner: StoreOwner, checkpoints: &[Checkpoint]) -> Vec<u8> {
        let entries = checkpoints.iter().map(Entry::Saved);
        let payloads = log_format::write_payloads(entries, log_format::MAX_PAYLOAD);
        Self::encode(owner, payloads.iter().flatten().map(Vec::as_slice))
    }

    /// Calls a function with the open log, in a thread that may block.
    async fn with_log<T: Send + 'static>(
        &self,
        owner: StoreOwner,
        act: impl FnOnce(&mut LogFile) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        // The lock is fair, and the thread keeps it, so that a call whose future was dropped precedes the next one.
        let mut log = Arc::clone(&self.log).lock_owned().await;
        let (folder, settings) = (self.folder.clone(), self.settings);
        // Warnings go where those of the caller go.
        let subscriber = get_default(Dispatch::clone);
        let work = move || {
            let _subscriber = set_default(&subscriber);
            let log = match &mut *log {
                Some(log) if log.owner() == owner => log,
                Some(_) => {
                    let kind = StoreErrorKind::OtherBot;
                    return Err(StoreError::new(kind).with_path(folder.log()));
                }
                none => none.insert(LogFile::open(folder, settings, owner)?),
            };
            act(log)
        };
        match spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => panic::resume_unwind(panic),
                Err(error) => Err(StoreError::with_source(StoreErrorKind::Write, error)
                    .with_path(self.folder.log())),
            },
        }
    }
}

impl SessionStore for FileStore {
    fn load(&self, owner: StoreOwner) -> BoxFuture<'_, Result<Vec<Checkpoint>, StoreError>> {
        Box::pin(self.with_log(owner, |log| Ok(log.checkpoints())))
    }

    fn save(
        &self,
        owner: StoreOwner,
        checkpoints: Vec<Checkpoint>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.with_log(owner, move |log| {
            let batch: Vec<_> = checkpoints.iter().map(Entry::Saved).collect();
            log.write(&batch)
        }))
    }

    fn remove(
        &self,
        owner: StoreOwner,
        shards: Vec<ShardId>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.with_log(owner, move |log| {
            let batch: Vec<_> = shards.into_iter().map(Entry::Ended).collect();
            log.write(&batch)
        }))
    }

    /// Closes the file and gives the lock back. The next call takes the lock and reads the file again.
    fn release(&self, _owner: StoreOwner) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async {
            // As for the other calls: after those before it, and also if the future is dropped.
            let mut log = Arc::clone(&self.log).lock_owned().await;
            let closing = spawn_blocking(move || drop(log.take())).await;
            closing.map_err(|error| {
                StoreError::with_source(StoreErrorKind::Write, error).with_path(self.folder.log())
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::FileStore;
    use crate::store::StoreErrorKind;
    use gloaming_queue::files::StateVariables;
    use std::path::Path;

    #[test]
    #[cfg(unix)]
    fn directory_is_named_after_the_bot() {
        let variables = || StateVariables {
            home: Some("/users/bot".into()),
            ..StateVariables::default()
        };
        let store = FileStore::for_bot_in("Bot MTI.secret.secret", variables()).unwrap();
        let expected = "/users/bot/.local/state/gloaming/12/sessions";
        assert_eq!(store.path(), Path::new(expected));
        let store = FileStore::for_bot_in("no id", variables()).unwrap();
        let path = store.path().to_str().unwrap();
        assert!(path.contains("gloaming/token-"), "{path}");
        let error = FileStore::for_bot_in("no id", StateVariables::default()).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::NoStateFolder);
    }
}
