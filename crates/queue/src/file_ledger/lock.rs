//! The lock that processes take before they change a ledger's file.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::Path,
    thread,
    time::Duration,
};

/// The lock is tried for 10 s; a write takes milliseconds.
const ATTEMPTS: u32 = 1000;
const PAUSE: Duration = Duration::from_millis(10);

/// A held lock, until it is dropped.
pub(super) enum Lock {
    /// No other process changes the file.
    Exclusive(#[expect(dead_code, reason = "dropping the file unlocks it")] File),
    /// This file system has no locks.
    Unsupported,
}

pub(super) enum LockError {
    /// Another process kept the lock.
    Busy,
    Io(io::Error),
}

impl Lock {
    /// Locks the file at `path`, which is created if it does not exist.
    pub(super) fn take(path: &Path) -> Result<Self, LockError> {
        let mut file = open(path)?;
        for _ in 0..ATTEMPTS {
            match file.try_lock() {
                Ok(()) if is_at(&file, path)? => return Ok(Self::Exclusive(file)),
                // The file was deleted in the meantime. Another process may have locked a new one.
                Ok(()) => file = open(path)?,
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    return Ok(Self::Unsupported);
                }
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
            }
        }
        Err(LockError::Busy)
    }
}

fn open(path: &Path) -> Result<File, LockError> {
    let mut options = File::options();
    let opened = options.create(true).append(true).open(path);
    opened.map_err(LockError::Io)
}

/// Returns whether `file` is still the one at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> Result<bool, LockError> {
    use std::os::unix::fs::MetadataExt as _;

    let locked = file.metadata().map_err(LockError::Io)?;
    match fs::metadata(path) {
        Ok(present) => Ok((present.dev(), present.ino()) == (locked.dev(), locked.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(LockError::Io(error)),
    }
}

/// Elsewhere, an open file can't be deleted.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> Result<bool, LockError> {
    fs::exists(path).map_err(LockError::Io)
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Lock, is_at, open};
    use std::{env, fs, process};

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

        let lock = Lock::take(&path).ok().unwrap();
        assert!(other.try_lock().is_err());
        drop(lock);
        other.try_lock().unwrap();
        fs::remove_file(&path).unwrap();
    }
}
