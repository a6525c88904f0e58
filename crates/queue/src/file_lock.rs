//! Locks that processes take on files.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::Path,
    thread,
    time::Duration,
};

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// A held lock, until it is dropped.
#[derive(Debug)]
pub enum FileLock {
    /// No other process changes the file.
    Exclusive(File),
    /// This file system has no locks.
    Unsupported,
}

/// The reason why a lock is not held.
#[derive(Debug)]
pub enum FileLockError {
    /// Another process kept the lock.
    Busy,
    /// The file of the lock can't be opened.
    Io(io::Error),
}

impl FileLock {
    /// Locks the file at `path`, which is created if it does not exist. Blocks for `patience` at most.
    pub fn take(path: &Path, patience: Duration) -> Result<Self, FileLockError> {
        Self::take_opened(open(path)?, path, patience)
    }

    /// Locks `file`, which was opened at `path`, or the file that is there by then.
    fn take_opened(mut file: File, path: &Path, patience: Duration) -> Result<Self, FileLockError> {
        for _ in 0..attempts(patience) {
            match file.try_lock() {
                Ok(()) if is_at(&file, path).map_err(FileLockError::Io)? => {
                    return Ok(Self::Exclusive(file));
                }
                // The file was deleted in the meantime. Another process may have locked a new one.
                Ok(()) => file = open(path)?,
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    return Ok(Self::Unsupported);
                }
                Err(TryLockError::Error(error)) => return Err(FileLockError::Io(error)),
            }
        }
        Err(FileLockError::Busy)
    }

    /// Returns whether the lock is that of the file at `path`, and not of one that was deleted.
    pub fn is_of(&self, path: &Path) -> io::Result<bool> {
        match self {
            Self::Exclusive(file) => is_at(file, path),
            Self::Unsupported => Ok(true),
        }
    }
}

/// One at once, and one after each pause.
const fn attempts(patience: Duration) -> u128 {
    patience.as_millis() / PAUSE.as_millis() + 1
}

fn open(path: &Path) -> Result<File, FileLockError> {
    let mut options = File::options();
    let opened = options.create(true).append(true).open(path);
    opened.map_err(FileLockError::Io)
}

/// Returns whether `file` is still the one at `path`.
#[cfg(unix)]
pub fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let locked = file.metadata()?;
    match fs::metadata(path) {
        Ok(present) => Ok((present.dev(), present.ino()) == (locked.dev(), locked.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere, an open file can't be deleted.
#[cfg(not(unix))]
pub fn is_at(_file: &File, path: &Path) -> io::Result<bool> {
    fs::exists(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::{FileLock, attempts, is_at, open};
    use std::{env, fs, process, time::Duration};

    #[test]
    fn lock_of_a_deleted_file_is_worth_nothing() {
        let path = env::temp_dir().join(format!("gloaming-lock-{}", process::id()));
        let at = |file, path| is_at(file, path).ok();
        let file = open(&path).ok().unwrap();
        assert_eq!(at(&file, &path), Some(true));
        fs::remove_file(&path).unwrap();
        assert_eq!(at(&file, &path), Some(false));
        let other = open(&path).ok().unwrap();
        assert_eq!(at(&file, &path), Some(false));
        assert_eq!(at(&other, &path), Some(true));
        let below = path.join("below");
        assert_eq!(at(&other, &below), None, "a file has no entries");

        let lock = FileLock::take(&path, Duration::ZERO).unwrap();
        assert!(lock.is_of(&path).unwrap());
        assert!(other.try_lock().is_err());
        assert!(FileLock::take(&path, Duration::ZERO).is_err(), "it is held");
        drop(lock);
        other.try_lock().unwrap();
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn file_that_was_deleted_before_it_is_locked_is_opened_again() {
        let path = env::temp_dir().join(format!("gloaming-lock-again-{}", process::id()));
        let deleted = open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let lock = FileLock::take_opened(deleted, &path, Duration::from_secs(10)).unwrap();
        assert!(lock.is_of(&path).unwrap());
        let other = open(&path).unwrap();
        assert!(other.try_lock().is_err(), "the lock is on the new file");
        fs::remove_file(&path).unwrap();
        assert!(!lock.is_of(&path).unwrap());
        drop(lock);
        other.try_lock().unwrap();
    }

    #[test]
    fn held_lock_is_tried_at_once_and_after_each_pause() {
        for (patience, expected) in [(0, 1), (9, 1), (10, 2), (10_000, 1001)] {
            assert_eq!(attempts(Duration::from_millis(patience)), expected);
        }
    }
}
