//! A watch of the leases in a log.

use super::shared_log::SharedLog;
use gloaming_coordinator::{CoordinatorError, CoordinatorErrorKind, LeaseChange, LeaseWatch};
use gloaming_queue::BoxFuture;
use std::{sync::Arc, time::Duration};
use tokio::{task::spawn_blocking, time::sleep};

/// How often the file is looked at. That is one call of the system while nothing has changed.
const INTERVAL: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(super) struct LocalWatch {
    log: Arc<SharedLog>,
    id: u64,
}

impl LocalWatch {
    pub(super) fn new(log: Arc<SharedLog>) -> Self {
        let id = log.watch();
        Self { log, id }
    }

    async fn next_change(&self) -> Result<LeaseChange, CoordinatorError> {
        loop {
            let changed = self.log.changed().notified();
            if let Some(change) = self.log.next_change(self.id) {
                return Ok(change);
            }
            tokio::select! {
                () = changed => {}
                () = sleep(INTERVAL) => self.refresh().await?,
            }
        }
    }

    async fn refresh(&self) -> Result<(), CoordinatorError> {
        let log = Arc::clone(&self.log);
        match spawn_blocking(move || log.refresh()).await {
            Ok(Ok(())) => Ok(()),
            // The lock is tried again.
            Ok(Err(error)) if error.kind() == CoordinatorErrorKind::Unreachable => Ok(()),
            Ok(Err(error)) => Err(error),
            Err(error) => Err(CoordinatorError::with_source(
                CoordinatorErrorKind::Failed,
                error,
            )),
        }
    }
}

impl LeaseWatch for LocalWatch {
    fn next(&mut self) -> BoxFuture<'_, Result<LeaseChange, CoordinatorError>> {
        Box::pin(self.next_change())
    }
}

impl Drop for LocalWatch {
    fn drop(&mut self) {
        self.log.unwatch(self.id);
    }
}
