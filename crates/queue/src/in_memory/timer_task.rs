//! The task with the queue's only timer. It runs while shards wait, so that a
//! waiting shard whose future is not polled does not delay the others.

use std::sync::Arc;

use tokio::time::timeout_at;

use super::shared::Shared;

/// Spawns the task on the current runtime.
pub(super) fn spawn(shared: Arc<Shared>) {
    tokio::spawn(TimerTask(Some(shared)).run());
}

/// Holds the queue until no shard waits, then `None`.
struct TimerTask(Option<Arc<Shared>>);

impl TimerTask {
    async fn run(mut self) {
        if let Some(shared) = &self.0 {
            while let Some(deadline) = shared.tick() {
                // The next tick follows the timeout as well as the notification.
                _ = timeout_at(deadline.into(), shared.deadline_changed().notified()).await;
            }
        }
        self.0 = None;
    }
}

impl Drop for TimerTask {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.timer_task_dropped();
        }
    }
}
