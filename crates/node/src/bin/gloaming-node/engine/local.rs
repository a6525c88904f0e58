//! The engine of the processes of one machine.

use crate::{Result, agreement::Agreement};
use gloaming_fleet::LocalCoordinator;
use gloaming_queue::QueueSettings;
use std::{
    fs, io,
    num::NonZeroU32,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::PathBuf,
    process,
};

/// The folder of a [`LocalCoordinator`].
#[derive(Debug)]
pub(crate) struct LocalFolder(PathBuf);

impl LocalFolder {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    fn agreement_path(&self) -> PathBuf {
        self.0.join("agreement.json")
    }

    pub(super) fn agreement(&self) -> Result<Option<Agreement>> {
        let path = self.agreement_path();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", path.display()).into()),
        };
        let agreement = serde_json::from_slice(&text);
        let agreement = agreement.map_err(|error| {
            format!(
                "{} can't be read ({error}): stop all nodes, delete it, and start them anew",
                path.display()
            )
        })?;
        Ok(Some(agreement))
    }

    pub(super) fn agree(
        &self,
        proposed: Agreement,
        configured: Option<NonZeroU32>,
    ) -> Result<Agreement> {
        let agreed = match self.agreement()? {
            Some(agreed) => agreed,
            None => {
                self.propose(proposed)?;
                self.agreement()?
                    .ok_or("the folder of the engine was deleted")?
            }
        };
        agreed.check(configured, &self.agreement_path().display().to_string())?;
        Ok(agreed)
    }

    /// Writes an agreement, unless another node has done so: a file appears as a whole or not at all.
    fn propose(&self, proposed: Agreement) -> Result<()> {
        let at = |error: io::Error| format!("{}: {error}", self.0.display());
        let mut folder = fs::DirBuilder::new();
        folder
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .map_err(at)?;
        let draft = self.0.join(format!("agreement.{}.new", process::id()));
        _ = fs::remove_file(&draft);
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft);
        serde_json::to_writer(file.map_err(at)?, &proposed)?;
        let linked = fs::hard_link(&draft, self.agreement_path());
        fs::remove_file(&draft).map_err(at)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(at(error).into()),
            _ => Ok(()),
        }
    }

    pub(super) async fn open(self, limits: QueueSettings) -> Result<LocalCoordinator> {
        // It reads files, and may wait for a lock.
        let opened = tokio::task::spawn_blocking(move || LocalCoordinator::open(self.0, limits));
        Ok(opened.await??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, num::NonZeroU16};

    fn agreement(shards: u32) -> Agreement {
        Agreement {
            shards: NonZeroU32::new(shards).unwrap(),
            max_concurrency: NonZeroU16::MIN,
        }
    }

    #[test]
    fn nodes_follow_the_one_that_started_first() {
        let path = env::temp_dir().join(format!("gloaming-node-agreement-{}", process::id()));
        _ = fs::remove_dir_all(&path);
        let folder = LocalFolder::new(path.join("fleet"));
        assert_eq!(folder.agreement().unwrap(), None);
        let first = folder.agree(agreement(16), None).unwrap();
        assert_eq!(first, agreement(16));
        assert_eq!(folder.agree(agreement(17), None).unwrap(), first);
        let error = folder
            .agree(agreement(17), NonZeroU32::new(17))
            .unwrap_err();
        assert!(error.to_string().contains("the fleet has 16"), "{error}");
        fs::write(folder.agreement_path(), "{").unwrap();
        let error = folder.agreement().unwrap_err().to_string();
        assert!(error.contains("delete it"), "{error}");
        fs::remove_dir_all(&path).unwrap();
    }
}
