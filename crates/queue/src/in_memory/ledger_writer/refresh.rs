//! Writes down now and then that time has passed.

use std::{sync::Weak, time::Duration};

use tokio::{runtime::Handle, task::JoinHandle, time::sleep};

use super::{LedgerWriter, pending::Request};

/// While a process runs, it knows how much time passes. After the machine was restarted, only the wall clock tells,
/// which is not trusted. So a bot that runs for days does not count its first identifies after a restart.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// A task that ends when it is dropped.
pub(super) struct Refresh(JoinHandle<()>);

impl Refresh {
    pub(super) fn spawn(runtime: &Handle, writer: Weak<LedgerWriter>) -> Self {
        Self(runtime.spawn(async move {
            loop {
                sleep(INTERVAL).await;
                let Some(writer) = writer.upgrade() else {
                    return;
                };
                writer.submit(Request::PassTime, None);
            }
        }))
    }

    /// Returns whether the task has ended, with its runtime.
    pub(super) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl Drop for Refresh {
    fn drop(&mut self) {
        self.0.abort();
    }
}
