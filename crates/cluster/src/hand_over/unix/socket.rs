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
};
use tokio::net::UnixListener;

/// Only the user of the process may connect.
const MODE: u32 = 0o600;

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
        let lock = lock(&with_suffix(path, ".lock"))?;
        check_replaceable(path)?;
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
