//! The folder of a run.

use crate::Result;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

/// A folder for the engine and the logs. It is removed at the end, unless it is kept.
pub(crate) struct Folder(Option<PathBuf>, PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        let path = env::temp_dir().join(format!("gloaming-fleet-{}", process::id()));
        _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path)?;
        Ok(Self(Some(path.clone()), path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.1
    }

    pub(crate) fn keep(&mut self) {
        self.0 = None;
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            _ = fs::remove_dir_all(path);
        }
    }
}
