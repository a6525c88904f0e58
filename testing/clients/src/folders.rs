//! Where things lie.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::client::Client;

#[derive(Debug)]
pub(crate) struct Folders {
    /// This package.
    package: PathBuf,
    /// What is installed and logged.
    work: PathBuf,
    /// What cargo built: this program, the emulator, the client in Rust.
    pub(crate) built: PathBuf,
}

impl Folders {
    /// As `cargo run` has them.
    pub(crate) fn find() -> Result<Self, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let built = program
            .parent()
            .unwrap_or_else(|| Path::new("."))
            .to_owned();
        // Set by `cargo run`; without it, trust that this is run from the root.
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

    /// The client's files.
    pub(crate) fn source(&self, client: Client) -> PathBuf {
        self.package.join(client.name())
    }

    /// Where it is installed.
    pub(crate) fn work(&self, client: Client) -> PathBuf {
        self.work.join(client.name())
    }

    /// What is kept of its output in one of its runs.
    pub(crate) fn log(&self, client: Client, run: &str) -> PathBuf {
        self.work.join(format!("{}-{run}.log", client.name()))
    }
}
