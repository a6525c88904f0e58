//! The task with the queue's only timer. It runs while shards wait, so that a
//! waiting shard whose future is not polled does not delay the others.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout_at;

use super::{
    clock,
    shared::{NextTick, Shared, TickReason},
};

/// How often the ledger is looked at while the daily budget is used up.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);

/// Spawns the task on the current runtime.
pub(super) fn spawn(shared: Arc<Shared>) {
    tokio::spawn(TimerTask(Some(shared)).run());
}

/// Holds the queue until no shard waits, then `None`.
struct TimerTask(Option<Arc<Shared>>);

impl TimerTask {
    async fn run(mut self) {
        if let Some(shared) = &self.0 {
            let mut look_at = clock::now() + LOOK_INTERVAL;
            while let Some(NextTick { at, reason }) = shared.tick() {
                let looks = reason == TickReason::Exhausted && shared.ledger().is_some();
                let until = if looks { at.min(look_at) } else { at };
                // The next tick follows the timeout as well as the notification.
                _ = timeout_at(until.into(), shared.deadline_changed().notified()).await;
                if looks && clock::now() >= look_at {
                    look(shared).await;
                    look_at = clock::now() + LOOK_INTERVAL;
                }
            }
        }
        self.0 = None;
    }
}

/// Learns from the ledger what other processes did. If it fails, the ledger has said so.
async fn look(shared: &Shared) {
    if let Some(ledger) = shared.ledger()
        && let Ok(view) = ledger.look(shared.settings()).await
    {
        shared.synchronize(&view);
    }
}

impl Drop for TimerTask {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.timer_task_dropped();
        }
    }
}
