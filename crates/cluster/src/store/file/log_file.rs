//! The log of checkpoints in a directory that this process owns. Its methods block.

use super::{
    folder::Folder,
    log_format::{
        self, Content, Entry, FileHeader, FormatError, Live, frame_length, key, write_frame,
        write_header, write_payloads,
    },
};
use crate::store::{Checkpoint, StoreError, StoreErrorKind, StoreOwner};
use gloaming_queue::files::{FileLock, FileLockError, is_at};
use gloaming_shard::Session;
use std::{
    error::Error,
    fs::File,
    hash::{BuildHasher as _, RandomState},
    io::{self, Read as _, Write as _},
    time::Duration,
};

/// How long the lock is awaited: a process that is being stopped may still have it.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// A log that is not longer is not written anew.
const LEAST_REWRITE: u64 = 4 << 20;

/// How many times longer than its live checkpoints a log becomes before it is written anew.
const GROWTH: u64 = 3;

/// The bytes of a checkpoint beside its texts and its state: lengths, and the names in the JSON.
const OTHER_BYTES: usize = 96;

/// What is done with a file of which the checkpoints can't be used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum OnDamage {
    /// It is an error, and the file stays as it is.
    #[default]
    Fail,
    /// The file is moved aside, to `checkpoints.log.damaged-1` or the next number that is free, and the shards identify. A
    /// warning names the new path. The file is never deleted.
    StartFresh,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) on_damage: OnDamage,
    /// The bound of the live checkpoints together.
    pub(super) max_bytes: u64,
    /// The length from which a log is written anew.
    pub(super) least_rewrite: u64,
    pub(super) lock_patience: Duration,
}

impl Settings {
    pub(super) const DEFAULT: Self = Self {
        on_damage: OnDamage::Fail,
        max_bytes: 256 << 20,
        least_rewrite: LEAST_REWRITE,
        lock_patience: LOCK_PATIENCE,
    };

    /// The longest file that these settings lead to: it is written anew when it is three times as long as what is live, and
    /// then contains the batch as well.
    const fn longest_file(&self) -> u64 {
        let live = self.max_bytes.saturating_mul(GROWTH + 1);
        live.saturating_add(self.least_rewrite)
    }
}

/// An open log, under a lock that keeps other processes away until it is dropped.
#[derive(Debug)]
pub(super) struct LogFile {
    folder: Folder,
    settings: Settings,
    lock: FileLock,
    file: File,
    header: FileHeader,
    next_number: u64,
    length: u64,
    live: Live,
    tail: Tail,
}

/// What is known of the end of the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Tail {
    Whole,
    /// A write has failed, or the file has an older format. Only a new file is known to be whole.
    Unknown,
}

impl LogFile {
    /// Opens the log in this directory, or makes one.
    pub(super) fn open(
        folder: Folder,
        settings: Settings,
        owner: StoreOwner,
    ) -> Result<Self, StoreError> {
        let failed = |kind, error: io::Error| error_at(&folder, kind, error);
        folder
            .create()
            .map_err(|error| failed(StoreErrorKind::Folder, error))?;
        let lock = take_lock(&folder, settings)?;
        folder
            .remove_temporary()
            .map_err(|error| failed(StoreErrorKind::Write, error))?;
        let found = read(&folder, settings, owner);
        let found = match (found, settings.on_damage) {
            (Err(error), OnDamage::StartFresh) if is_about_content(error.kind()) => {
                let aside = folder.move_log_aside();
                let aside = aside.map_err(|error| failed(StoreErrorKind::Write, error))?;
                tracing::warn!(
                    cause = error.source().map(tracing::field::display),
                    moved_to = %aside.display(),
                    "{error}: the file was moved, and the shards identify, as their sessions are not known"
                );
                None
            }
            (found, _) => found?,
        };
        match found {
            Some((file, content)) => {
                let mut log = Self {
                    folder,
                    settings,
                    lock,
                    file,
                    header: content.header,
                    next_number: content.next_number,
                    length: u64::try_from(content.length).unwrap_or(u64::MAX),
                    live: content.live,
                    tail: match content.format {
                        log_format::FORMAT => Tail::Whole,
                        _ => Tail::Unknown,
                    },
                };
                log.drop_unfinished()?;
                Ok(log)
            }
            None => Self::create(folder, settings, lock, owner),
        }
    }

    fn create(
        folder: Folder,
        settings: Settings,
        lock: FileLock,
        owner: StoreOwner,
    ) -> Result<Self, StoreError> {
        let live = Live::new();
        let written = write_anew(&folder, owner, &live);
        let written = written.map_err(|problem| problem.at(&folder))?;
        Ok(Self {
            folder,
            settings,
            lock,
            file: written.file,
            header: written.header,
            next_number: written.next_number,
            length: written.length,
            live,
            tail: Tail::Whole,
        })
    }

    /// Cuts off what a killed process did not finish to write.
    fn drop_unfinished(&mut self) -> Result<(), StoreError> {
        let cut = || -> io::Result<u64> {
            let found = self.file.metadata()?.len();
            if found > self.length {
                self.file.set_len(self.length)?;
                self.file.sync_all()?;
            }
            Ok(found - self.length.min(found))
        };
        let dropped =
            cut().map_err(|error| error_at(&self.folder, StoreErrorKind::Write, error))?;
        if dropped > 0 {
            let path = self.folder.log();
            tracing::warn!(
                path = %path.display(), dropped,
                "the last write to the session store was not finished, as the process or the machine stopped: the \
                 checkpoints before it are used"
            );
        }
        Ok(())
    }

    pub(super) const fn owner(&self) -> StoreOwner {
        self.header.owner
    }

    /// Returns the checkpoints as of the last batch.
    pub(super) fn checkpoints(&self) -> Vec<Checkpoint> {
        self.live.values().cloned().collect()
    }

    /// Writes a batch, and makes it durable. If it fails, the batch before it is what counts.
    pub(super) fn write(&mut self, batch: &[Entry<'_>]) -> Result<(), StoreError> {
        let mut live = self.live.clone();
        let mut effective = Vec::new();
        for entry in batch {
            match *entry {
                Entry::Saved(checkpoint) => {
                    live.insert(key(checkpoint.shard()), checkpoint.clone());
                    effective.push(*entry);
                }
                Entry::Ended(shard) => {
                    if live.remove(&key(shard)).is_some() {
                        effective.push(*entry);
                    }
                }
            }
        }
        let live_bytes = live.values().map(bytes_of).sum::<u64>();
        if live_bytes > self.settings.max_bytes {
            let max = self.settings.max_bytes;
            let problem =
                format!("the checkpoints have {live_bytes} bytes, and {max} are the bound");
            return Err(error_at(&self.folder, StoreErrorKind::TooLarge, problem));
        }
        if effective.is_empty() && self.tail == Tail::Whole {
            return Ok(());
        }
        let payloads = write_payloads(effective, log_format::MAX_PAYLOAD);
        let payloads = payloads.map_err(|error| problem_of(error).at(&self.folder))?;
        let added = payloads.iter().map(|it| long(frame_length(it.len())));
        let length = self.length.saturating_add(added.sum());
        let longest = (live_bytes.saturating_mul(GROWTH)).max(self.settings.least_rewrite);
        if self.tail == Tail::Unknown || length > longest || !self.is_in_place()? {
            self.rewrite(&live)?;
        } else {
            self.append(&payloads)?;
        }
        self.live = live;
        Ok(())
    }

    fn append(&mut self, payloads: &[Vec<u8>]) -> Result<(), StoreError> {
        // Until all is durable, an error leaves an end that is not known.
        self.tail = Tail::Unknown;
        for payload in payloads {
            let mut bytes = Vec::with_capacity(frame_length(payload.len()));
            write_frame(&mut bytes, self.header, self.next_number, payload);
            // Each is durable before the next, so that only the last frame can be unfinished.
            let written = self.file.write_all(&bytes);
            let written = written.and_then(|()| self.file.sync_data());
            written.map_err(|error| error_at(&self.folder, StoreErrorKind::Write, error))?;
            self.next_number += 1;
            self.length += long(bytes.len());
        }
        self.tail = Tail::Whole;
        Ok(())
    }

    /// Writes a new file with these checkpoints in place of the old one.
    fn rewrite(&mut self, live: &Live) -> Result<(), StoreError> {
        self.tail = Tail::Unknown;
        let lost = |error| error_at(&self.folder, StoreErrorKind::Write, error);
        if !self.lock.is_of(&self.folder.lock()).map_err(lost)? {
            // The directory was deleted or replaced. Another process may use the new one.
            self.folder.create().map_err(lost)?;
            self.lock = take_lock(&self.folder, self.settings)?;
        }
        let written = write_anew(&self.folder, self.header.owner, live);
        let written = written.map_err(|problem| problem.at(&self.folder))?;
        self.file = written.file;
        self.header = written.header;
        self.next_number = written.next_number;
        self.length = written.length;
        self.tail = Tail::Whole;
        Ok(())
    }

    /// Whether the files are still those at their paths. What is written to a deleted file is lost.
    fn is_in_place(&self) -> Result<bool, StoreError> {
        let log = is_at(&self.file, &self.folder.log());
        let in_place = log.and_then(|log| Ok(log && self.lock.is_of(&self.folder.lock())?));
        let in_place =
            in_place.map_err(|error| error_at(&self.folder, StoreErrorKind::Read, error))?;
        if !in_place {
            let path = self.folder.log();
            tracing::warn!(
                path = %path.display(),
                "the file of the session store was deleted or replaced while it is used: it is written again. To begin \
                 anew, stop the process first"
            );
        }
        Ok(in_place)
    }
}

/// A new file, in place of the log.
struct Written {
    file: File,
    header: FileHeader,
    next_number: u64,
    length: u64,
}

/// What failed, without the path.
struct Problem {
    kind: StoreErrorKind,
    source: Box<dyn Error + Send + Sync>,
}

impl Problem {
    fn at(self, folder: &Folder) -> StoreError {
        error_at(folder, self.kind, self.source)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self {
            kind: StoreErrorKind::Write,
            source: error.into(),
        }
    }
}

fn problem_of(error: FormatError) -> Problem {
    Problem {
        kind: error.kind,
        source: error.detail.into(),
    }
}

/// Writes a file with these checkpoints beside the log, makes it durable, and replaces the log.
fn write_anew(folder: &Folder, owner: StoreOwner, live: &Live) -> Result<Written, Problem> {
    let header = FileHeader {
        id: RandomState::new().hash_one(0),
        owner,
    };
    let payloads = write_payloads(live.values().map(Entry::Saved), log_format::MAX_PAYLOAD);
    let payloads = payloads.map_err(problem_of)?;
    let mut file = folder.create_temporary()?;
    let mut bytes = write_header(header);
    let (mut length, mut next_number) = (0, 0);
    for payload in payloads {
        write_frame(&mut bytes, header, next_number, &payload);
        next_number += 1;
        length += long(bytes.len());
        file.write_all(&bytes)?;
        bytes.clear();
    }
    length += long(bytes.len());
    file.write_all(&bytes)?;
    file.sync_all()?;
    folder.replace_log()?;
    Ok(Written {
        file,
        header,
        next_number,
        length,
    })
}

fn take_lock(folder: &Folder, settings: Settings) -> Result<FileLock, StoreError> {
    match FileLock::take(&folder.lock(), settings.lock_patience) {
        Ok(FileLock::Unsupported) => {
            tracing::warn!(
                path = %folder.path().display(),
                "the file system of the session store has no locks: make sure that no other process uses the directory"
            );
            Ok(FileLock::Unsupported)
        }
        Ok(lock) => Ok(lock),
        Err(FileLockError::Busy) => {
            Err(StoreError::new(StoreErrorKind::Locked).with_path(folder.path()))
        }
        Err(FileLockError::Io(error)) => Err(error_at(folder, StoreErrorKind::Write, error)),
    }
}

/// Reads the log, if there is one.
fn read(
    folder: &Folder,
    settings: Settings,
    owner: StoreOwner,
) -> Result<Option<(File, Content)>, StoreError> {
    let failed = |error| error_at(folder, StoreErrorKind::Read, error);
    let Some(file) = folder.open_log().map_err(failed)? else {
        return Ok(None);
    };
    let longest = settings.longest_file();
    let mut bytes = Vec::new();
    let read = (&file)
        .take(longest.saturating_add(1))
        .read_to_end(&mut bytes);
    read.map_err(failed)?;
    if long(bytes.len()) > longest {
        let problem = format!("the file has more than {longest} bytes");
        return Err(error_at(folder, StoreErrorKind::TooLarge, problem));
    }
    let content = log_format::read(&bytes, owner);
    let content = content.map_err(|error| problem_of(error).at(folder))?;
    Ok(Some((file, content)))
}

/// Whether the file was read, and can't be used.
const fn is_about_content(kind: StoreErrorKind) -> bool {
    matches!(
        kind,
        StoreErrorKind::Damaged
            | StoreErrorKind::Foreign
            | StoreErrorKind::NewerFormat { .. }
            | StoreErrorKind::OtherBot
            | StoreErrorKind::TooLarge
    )
}

/// About as many bytes as the checkpoint has in the file.
fn bytes_of(checkpoint: &Checkpoint) -> u64 {
    let session = checkpoint.session();
    let id = session.map_or(0, |session| session.id().len());
    let url = session.and_then(Session::resume_url).map_or(0, str::len);
    let state = checkpoint.state().map_or(0, |state| state.len());
    let loss = checkpoint
        .unhandled_loss()
        .map_or(0, |loss| loss.session_id().len() + OTHER_BYTES);
    long(id + url + state + loss + OTHER_BYTES)
}

fn long(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn error_at(
    folder: &Folder,
    kind: StoreErrorKind,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> StoreError {
    let path = match kind {
        StoreErrorKind::Folder | StoreErrorKind::Locked => folder.path().to_path_buf(),
        _ => folder.log(),
    };
    StoreError::with_source(kind, source).with_path(path)
}
