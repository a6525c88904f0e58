//! The folders of client programs, installed packages and logs.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::client::Client;

#[derive(Debug)]
pub(crate) struct Folders {
    /// The folder of this package.
    package: PathBuf,
    /// The folder of installed packages and logs.
    work: PathBuf,
    /// The folder of the binaries that cargo built: this program and the emulator.
    pub(crate) built: PathBuf,
}

impl Folders {
    /// Finds the folders from the path of this program, and creates those that are missing.
    pub(crate) fn find() -> Result<Self, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let built = program
            .parent()
            .unwrap_or_else(|| Path::new("."))
            .to_owned();
        // `cargo run` sets the variable. Without it, the current directory has to be the repository's root.
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from("testing/clients"), PathBuf::from);
        let target = built.parent().unwrap_or_else(|| Path::new("target"));
        let folders = Self {
            package,
            work: target.join("clients"),
            built,
        };
        fs::create_dir_all(&folders.work)
            .map_err(|error| format!("{}: {error}", folders.work.display()))?;
        Ok(folders)
    }

    /// Returns the folder of the client's source files.
    pub(crate) fn source(&self, client: Client) -> PathBuf {
        self.package.join(client.folder())
    }

    /// Returns the folder of the files that the client programs in a language share.
    pub(crate) fn shared(&self, language: &str) -> PathBuf {
        self.package.join(language)
    }

    /// Returns the path of a file of the repository.
    pub(crate) fn in_repository(&self, path: &str) -> PathBuf {
        self.package.join("../..").join(path)
    }

    /// Returns the folder in which the client's packages are installed.
    pub(crate) fn work(&self, client: Client) -> PathBuf {
        self.work.join(client.install_folder())
    }

    /// Returns the path of the log of one run of the client.
    pub(crate) fn log(&self, client: Client, run: &str) -> PathBuf {
        self.log_of(&format!("{}-{run}", client.name()))
    }

    /// Returns the path of the log with the given name.
    pub(crate) fn log_of(&self, name: &str) -> PathBuf {
        self.work.join(format!("{name}.log"))
    }
}
