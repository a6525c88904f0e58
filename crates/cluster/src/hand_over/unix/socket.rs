//! The socket's files.

use crate::hand_over::{HandOverError, HandOverErrorKind};
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, Permissions, TryLockError},
    io::{self, ErrorKind},
    os::unix::{
        fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
        net::UnixStream,
    },
    path::{Path, PathBuf},
    thread,
    time::Duration,
};
use tokio::net::UnixListener;

/// Only the user of the process may connect.
const MODE: u32 = 0o600;

/// How often a socket that another process has is tried again. The system closes the files of a process that dies one after
/// the other, so that it may have the socket for a moment after its connections have ended.
const RETRIES: u32 = 25;

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// The socket in the file system, which is removed when this is dropped. The lock tells other processes that it is served,
/// and ends with the process, in whatever way.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// The user of this process.
    pub(super) user: u32,
    _lock: File,
}

impl SocketFile {
    /// Opens the socket. One that a dead process has left is replaced.
    pub(super) fn bind(path: &Path) -> Result<(Self, UnixListener), HandOverError> {
        Self::bind_or_fail(path).map_err(|error| error.at(path))
    }

    fn bind_or_fail(path: &Path) -> Result<(Self, UnixListener), HandOverError> {
        let lock = claim(path, || thread::sleep(PAUSE))?;
        // It gets its name once nobody else may connect.
        let unnamed = with_suffix(path, ".new");
        remove(&unnamed)?;
        let listener = UnixListener::bind(&unnamed).map_err(HandOverError::io)?;
        let named = fs::set_permissions(&unnamed, Permissions::from_mode(MODE))
            .and_then(|()| fs::symlink_metadata(&unnamed))
            .and_then(|metadata| fs::rename(&unnamed, path).map(|()| metadata.uid()));
        match named {
            Ok(user) => {
                let file = Self {
                    path: path.to_owned(),
                    user,
                    _lock: lock,
                };
                Ok((file, listener))
            }
            Err(error) => {
                _ = fs::remove_file(&unnamed);
                Err(HandOverError::io(error))
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The lock is released after.
impl Drop for SocketFile {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.path);
    }
}

/// Locks the socket. `pause` is called before each further attempt.
fn claim(path: &Path, mut pause: impl FnMut()) -> Result<File, HandOverError> {
    let claim_once = || {
        let lock = lock(&with_suffix(path, ".lock"))?;
        check_replaceable(path).map(|()| lock)
    };
    for _ in 0..RETRIES {
        match claim_once() {
            Err(error) if error.kind() == HandOverErrorKind::SocketInUse => pause(),
            result => return result,
        }
    }
    claim_once()
}

fn lock(path: &Path) -> Result<File, HandOverError> {
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .mode(MODE)
        .open(path)
        .map_err(HandOverError::io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(HandOverError::new(HandOverErrorKind::SocketInUse)),
        Err(TryLockError::Error(error)) => Err(HandOverError::io(error)),
    }
}

/// Whether nothing is at the path, or a socket that nobody serves.
fn check_replaceable(path: &Path) -> Result<(), HandOverError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(HandOverError::io(error)),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            Err(HandOverError::io(io::Error::new(
                ErrorKind::AlreadyExists,
                "a file that is no socket is there",
            )))
        }
        // A program that does not know the lock may serve it.
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) => Err(HandOverError::new(HandOverErrorKind::SocketInUse)),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
            Err(error) => Err(HandOverError::io(error)),
        },
    }
}

fn remove(path: &Path) -> Result<(), HandOverError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(HandOverError::io(error)),
        _ => Ok(()),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::{RETRIES, claim, lock, with_suffix};
    use crate::hand_over::HandOverErrorKind;
    use std::{env, fs, os::unix::net::UnixListener, path::PathBuf, process};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = env::temp_dir().join(format!("gloaming-{name}-{}", process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn process_that_dies_may_hold_the_socket_for_a_moment() {
        let folder = Folder::new("dying");
        let path = folder.0.join("socket");
        let mut held = Some(lock(&with_suffix(&path, ".lock")).unwrap());
        let mut served = Some(UnixListener::bind(&path).unwrap());
        let mut pauses = 0;
        // Its files are closed in any order.
        let claimed = claim(&path, || {
            pauses += 1;
            match pauses {
                2 => drop(held.take()),
                4 => drop(served.take()),
                _ => {}
            }
        });
        assert!(claimed.is_ok(), "{claimed:?}");
        assert_eq!(pauses, 4);
    }

    #[test]
    fn socket_that_is_served_is_tried_again_for_a_bounded_time() {
        let folder = Folder::new("served");
        let path = folder.0.join("socket");
        let _held = lock(&with_suffix(&path, ".lock")).unwrap();
        let mut pauses = 0;
        let error = claim(&path, || pauses += 1).unwrap_err();
        assert_eq!(error.kind(), HandOverErrorKind::SocketInUse);
        assert_eq!(pauses, RETRIES);
    }
}
