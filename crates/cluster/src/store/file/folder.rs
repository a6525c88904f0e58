//! The directory of a store: private files, and changes that outlive a power failure.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

const LOG: &str = "checkpoints.log";
const TEMPORARY: &str = "checkpoints.log.tmp";
const LOCK: &str = "lock";

/// How many damaged files are kept at most.
const MAX_DAMAGED: u32 = 1000;

/// The paths in the directory of a store.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join(LOG)
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.path.join(LOCK)
    }

    /// Makes the directory, which only its owner can enter. One that exists keeps its permissions.
    pub(super) fn create(&self) -> io::Result<()> {
        if self.path.is_dir() {
            return Ok(());
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(&self.path)?;
        // The directory itself has to outlive a power failure, too.
        self.path.parent().map_or(Ok(()), sync_directory)
    }

    /// Opens the log to append to it, if there is one.
    pub(super) fn open_log(&self) -> io::Result<Option<File>> {
        match File::options().read(true).append(true).open(self.log()) {
            Ok(file) => {
                make_private(&file)?;
                Ok(Some(file))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes an empty file in place of one that a killed process has left.
    pub(super) fn create_temporary(&self) -> io::Result<File> {
        self.remove_temporary()?;
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        options.open(self.path.join(TEMPORARY))
    }

    pub(super) fn remove_temporary(&self) -> io::Result<()> {
        match fs::remove_file(self.path.join(TEMPORARY)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes the temporary file the log.
    pub(super) fn replace_log(&self) -> io::Result<()> {
        fs::rename(self.path.join(TEMPORARY), self.log())?;
        sync_directory(&self.path)
    }

    /// Moves a damaged log aside, and returns where it is now.
    pub(super) fn move_log_aside(&self) -> io::Result<PathBuf> {
        for number in 1..=MAX_DAMAGED {
            let aside = self.path.join(format!("{LOG}.damaged-{number}"));
            if !fs::exists(&aside)? {
                fs::rename(self.log(), &aside)?;
                sync_directory(&self.path)?;
                return Ok(aside);
            }
        }
        let problem = format!("there are {MAX_DAMAGED} damaged files already");
        Err(io::Error::new(ErrorKind::AlreadyExists, problem))
    }
}

/// Takes away what others may do with a file, such as one that was copied here.
#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    File::open(path)?.sync_all()
}

/// Other systems can't open a directory as a file, and their file systems journal renames.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}
