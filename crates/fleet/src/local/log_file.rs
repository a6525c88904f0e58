//! The log as a file, which is read and written under a lock.

use super::{
    encoding::damaged,
    log_format::{self, Frame, HEADER, LogHeader, LogPosition, Part, read_frames, read_header},
    operation::Operation,
    replica::Stamp,
};
use gloaming_coordinator::{CoordinatorError, CoordinatorErrorKind};
use gloaming_queue::files::{FileLock, FileLockError, is_at};
use std::{
    fs::{self, File, OpenOptions},
    hash::{BuildHasher as _, RandomState},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// How long the lock is tried. A change takes milliseconds.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// The longest log that is read.
const MAX_BYTES: u64 = 512 << 20;

/// Only this user may read the sessions.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Where the log and its lock are.
#[derive(Clone, Debug)]
pub(super) struct LogPaths {
    folder: PathBuf,
    log: PathBuf,
    lock: PathBuf,
    new: PathBuf,
}

/// A log that this process has read up to some length.
#[derive(Debug)]
pub(super) struct LogFile {
    paths: LogPaths,
    opened: Option<Opened>,
}

#[derive(Debug)]
struct Opened {
    file: Arc<File>,
    header: LogHeader,
    /// The end of the last whole frame.
    length: u64,
    /// The number of the next frame.
    next: u64,
    durable: u64,
}

/// What a process learns of a log.
#[derive(Debug)]
pub(super) enum News {
    /// These frames follow those that it knows.
    Frames(Vec<Frame>),
    /// The log is another one than it knows: these are all of its frames.
    Restarted(Vec<Frame>),
}

/// What has to be made durable after an operation.
#[derive(Debug)]
pub(super) struct Unsynced {
    file: Arc<File>,
    position: LogPosition,
}

impl LogPaths {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            log: folder.join("fleet.log"),
            lock: folder.join("fleet.lock"),
            new: folder.join("fleet.log.new"),
        }
    }

    /// Makes the folder, and the file of the lock.
    pub(super) fn prepare(&self) -> Result<(), CoordinatorError> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true).mode(FOLDER_MODE);
        folder
            .create(&self.folder)
            .map_err(|error| self.failed(&error))?;
        let mut options = OpenOptions::new();
        options.create(true).append(true).mode(FILE_MODE);
        let lock = options.open(&self.lock);
        lock.map_err(|error| self.failed(&error))?;
        Ok(())
    }

    /// Takes the lock, under which one process at a time uses the log.
    pub(super) fn lock(&self) -> Result<FileLock, CoordinatorError> {
        match FileLock::take(&self.lock, LOCK_PATIENCE) {
            Ok(FileLock::Unsupported) => Err(CoordinatorError::with_source(
                CoordinatorErrorKind::Failed,
                format!(
                    "`{}` is on a file system without locks: use a local one",
                    self.lock.display()
                ),
            )),
            Ok(lock) => Ok(lock),
            Err(FileLockError::Busy) => Err(CoordinatorError::with_source(
                CoordinatorErrorKind::Unreachable,
                format!("`{}` is held by another process", self.lock.display()),
            )),
            Err(FileLockError::Io(error)) => Err(self.failed(&error)),
        }
    }

    fn failed(&self, error: &io::Error) -> CoordinatorError {
        let text = format!("`{}`: {error}", self.folder.display());
        CoordinatorError::with_source(CoordinatorErrorKind::Failed, text)
    }

    /// Adds the path to an error of the format.
    fn with_path(&self, error: &CoordinatorError) -> CoordinatorError {
        use std::error::Error as _;
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        let text = format!("`{}`: {cause}", self.log.display());
        CoordinatorError::with_source(error.kind(), text)
    }
}

impl LogFile {
    pub(super) const fn new(paths: LogPaths) -> Self {
        Self {
            paths,
            opened: None,
        }
    }

    /// Returns whether the file is as it was read last, as far as its metadata says. It needs no lock.
    pub(super) fn is_unchanged(&self) -> bool {
        let Some(opened) = &self.opened else {
            return false;
        };
        let is_same = is_at(&opened.file, &self.paths.log).unwrap_or(false);
        let length = opened.file.metadata().map(|metadata| metadata.size());
        is_same && length.is_ok_and(|length| length == opened.length)
    }

    /// Reads what other processes have appended. The lock is held.
    pub(super) fn read_on(&mut self) -> Result<News, CoordinatorError> {
        let Some(opened) = &mut self.opened else {
            return self.open().map(News::Restarted);
        };
        // Also if the log was replaced: up to its end it was this file.
        let mut frames = opened.read_on(&self.paths)?;
        let is_same = is_at(&opened.file, &self.paths.log);
        if is_same.map_err(|error| self.paths.failed(&error))? {
            return Ok(News::Frames(frames));
        }
        let known = opened.position();
        let found = self.open()?;
        let is_next = self
            .opened
            .as_ref()
            .is_some_and(|opened| opened.header.previous == known);
        if is_next {
            frames.extend(found);
            Ok(News::Frames(frames))
        } else {
            Ok(News::Restarted(found))
        }
    }

    /// Opens the log from its beginning, or makes one.
    fn open(&mut self) -> Result<Vec<Frame>, CoordinatorError> {
        self.opened = None;
        let paths = &self.paths;
        let file = match open(&paths.log) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let id = random();
                let header = LogHeader {
                    id,
                    previous: LogPosition::default(),
                };
                let written = paths.write_new(&log_format::write_header(header));
                written.map_err(|error| paths.failed(&error))?
            }
            opened => opened.map_err(|error| paths.failed(&error))?,
        };
        let mut header = vec![0; HEADER];
        let read = read_at(&file, 0, &mut header).map_err(|error| paths.failed(&error))?;
        let header = read_header(&header[..read]).map_err(|error| paths.with_path(&error))?;
        let mut opened = Opened {
            file: Arc::new(file),
            header,
            length: HEADER as u64,
            next: 0,
            durable: 0,
        };
        let frames = opened.read_on(paths)?;
        self.opened = Some(opened);
        Ok(frames)
    }

    /// Appends an operation, after [`read_on`](Self::read_on) under the same lock.
    pub(super) fn append(
        &mut self,
        stamp: Stamp,
        operation: &Operation,
    ) -> Result<Unsynced, CoordinatorError> {
        let failed = |error: io::Error| self.paths.failed(&error);
        let opened = self
            .opened
            .as_mut()
            .ok_or_else(|| damaged("no log is open"))?;
        let mut bytes = Vec::new();
        log_format::write_frame(
            &mut bytes,
            opened.header.id,
            opened.next,
            opened.durable,
            stamp,
            operation,
        );
        let length = opened.length + bytes.len() as u64;
        if length > MAX_BYTES {
            return Err(CoordinatorErrorKind::TooLarge.into());
        }
        // What a killed process has left unfinished.
        opened.file.set_len(opened.length).map_err(failed)?;
        opened
            .file
            .write_all_at(&bytes, opened.length)
            .map_err(failed)?;
        opened.length = length;
        opened.next += 1;
        Ok(Unsynced {
            file: Arc::clone(&opened.file),
            position: opened.position(),
        })
    }

    /// Replaces the log by one that begins with what it has come to. The lock is held.
    pub(super) fn replace(
        &mut self,
        stamp: Stamp,
        state: &Operation,
    ) -> Result<(), CoordinatorError> {
        let opened = self
            .opened
            .as_ref()
            .ok_or_else(|| damaged("no log is open"))?;
        let header = LogHeader {
            id: random(),
            previous: opened.position(),
        };
        let mut bytes = log_format::write_header(header);
        log_format::write_frame(&mut bytes, header.id, 0, HEADER as u64, stamp, state);
        let length = bytes.len() as u64;
        if length > MAX_BYTES {
            return Err(CoordinatorErrorKind::TooLarge.into());
        }
        let file = self.paths.write_new(&bytes);
        let file = file.map_err(|error| self.paths.failed(&error))?;
        self.opened = Some(Opened {
            file: Arc::new(file),
            header,
            length,
            next: 1,
            durable: length,
        });
        Ok(())
    }

    /// Takes notice that the log is durable up to there.
    pub(super) fn synced(&mut self, position: LogPosition) {
        if let Some(opened) = &mut self.opened
            && opened.header.id == position.id
        {
            opened.durable = opened.durable.max(position.length);
        }
    }

    /// Returns the length of the log.
    pub(super) fn length(&self) -> u64 {
        self.opened.as_ref().map_or(0, |opened| opened.length)
    }
}

impl Unsynced {
    /// Makes the operation durable, also against a power failure. No lock is needed.
    pub(super) fn sync(self) -> io::Result<LogPosition> {
        self.file.sync_data()?;
        Ok(self.position)
    }
}

impl Opened {
    const fn position(&self) -> LogPosition {
        LogPosition {
            id: self.header.id,
            length: self.length,
        }
    }

    fn read_on(&mut self, paths: &LogPaths) -> Result<Vec<Frame>, CoordinatorError> {
        let failed = |error: io::Error| paths.failed(&error);
        let size = self.file.metadata().map_err(failed)?.size();
        if size > MAX_BYTES {
            return Err(CoordinatorErrorKind::TooLarge.into());
        }
        if size < self.length {
            let text = format!(
                "`{}` was {} bytes long and has {size}",
                paths.log.display(),
                self.length
            );
            return Err(damaged(text));
        }
        let more = usize::try_from(size - self.length).unwrap_or(usize::MAX);
        let mut bytes = vec![0; more];
        let read = read_at(&self.file, self.length, &mut bytes).map_err(failed)?;
        bytes.truncate(read);
        let Part {
            frames,
            length,
            durable,
        } = read_frames(&bytes, self.header.id, self.length, self.next)
            .map_err(|error| paths.with_path(&error))?;
        self.length += length as u64;
        self.next += frames.len() as u64;
        self.durable = self.durable.max(durable);
        Ok(frames)
    }
}

impl LogPaths {
    /// Writes a new log beside the old one, makes it durable, and puts it in the place of the old one.
    fn write_new(&self, bytes: &[u8]) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let mut file = options.mode(FILE_MODE).open(&self.new)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&self.new, &self.log)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(file)
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// Fills the buffer as far as the file goes.
fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut file = file;
    file.seek(SeekFrom::Start(offset))?;
    let mut read = 0;
    while read < buffer.len() {
        match file.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

fn random() -> u64 {
    RandomState::new().hash_one(0)
}
