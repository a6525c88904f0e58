//! The one task and the one timer of a queue. It is there while shards wait, so
//! that a waiting shard which is not polled for a while holds up nobody else.

use std::sync::Arc;

use tokio::time::timeout_at;

use super::shared::Shared;

/// Starts keeping time on the runtime of the caller.
pub(super) fn spawn(shared: Arc<Shared>) {
    tokio::spawn(Timekeeper(Some(shared)).run());
}

/// Holds the queue until its work is done; `None` from then on.
struct Timekeeper(Option<Arc<Shared>>);

impl Timekeeper {
    async fn run(mut self) {
        if let Some(shared) = &self.0 {
            while let Some(deadline) = shared.tick() {
                // Either way it is time to look again.
                _ = timeout_at(deadline.into(), shared.deadline_changed().notified()).await;
            }
        }
        self.0 = None;
    }
}

impl Drop for Timekeeper {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.lose_timekeeper();
        }
    }
}
