//! Observing a shard's task from outside.

use super::{byte_budget::ByteBudgets, delivery::DeliveryTracker, status::ShardStatus};
use crate::{Session, driver::Reading};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Observes a shard that runs in a task, over all restarts of the task.
///
/// Cheap to clone. It keeps neither the task nor the stream of items alive.
#[derive(Clone, Debug)]
pub struct ShardMonitor {
    shared: Arc<Shared>,
}

/// The state that the task, its consumer and their observers share.
#[derive(Debug)]
struct Shared {
    delivery: Mutex<DeliveryTracker>,
    budgets: ByteBudgets,
    status: watch::Sender<ShardStatus>,
}

impl ShardMonitor {
    pub(super) fn new(budgets: ByteBudgets) -> Self {
        Self {
            shared: Arc::new(Shared {
                delivery: Mutex::new(DeliveryTracker::default()),
                budgets,
                status: watch::Sender::new(ShardStatus::not_running()),
            }),
        }
    }

    /// Returns what the shard is doing.
    #[must_use]
    pub fn status(&self) -> ShardStatus {
        self.shared.status.borrow().clone()
    }

    /// Waits until the shard has stopped for good. Its last items may still be in the buffer.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the future only observes.
    pub async fn stopped(&self) {
        self.wait_for(ShardStatus::has_stopped).await;
    }

    /// Waits until `condition` holds for what the shard is doing. States that last only for a moment may be
    /// missed.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the future only observes.
    pub async fn wait_for(&self, mut condition: impl FnMut(&ShardStatus) -> bool) {
        let mut status = self.shared.status.subscribe();
        // It can't fail: `self` holds the sender.
        _ = status.wait_for(|status| condition(status)).await;
    }

    /// Returns the session as of the last item buffered: the one to resume after a crash of the task.
    #[must_use]
    pub fn received_session(&self) -> Option<Session> {
        self.delivery().received().session()
    }

    /// Returns the session as of the last item delivered to the consumer: the one to resume after a restart
    /// of the whole process. If the consumer has not reached the current session yet, since the session
    /// before was lost, it is at the start of the current one.
    #[must_use]
    pub fn delivered_session(&self) -> Option<Session> {
        self.delivery().delivered().session()
    }

    /// Returns the number of items in the buffer.
    #[must_use]
    pub fn buffered_items(&self) -> u64 {
        self.delivery().buffered_items()
    }

    /// Returns whether the shard reads. Otherwise it waits for room in the buffer or its
    /// [budgets](crate::supervision::ByteBudget), until several items were taken.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.delivery().reading() == Reading::Open
    }

    /// Withholds all events that the gateway sends again after a resume, and returns the session to resume:
    /// as of the last item delivered, so that the process that resumes it gets each withheld event once.
    ///
    /// Items that a resume does not bring again are still delivered: those that are not events, such as
    /// [`Lifecycle`](crate::Lifecycle), READY, and the events of a session that was lost or replaced, even
    /// if that happens later. If READY of the current session was not taken yet, the returned session is at
    /// its start. Returns `None` if there is no session to resume; then all buffered items are delivered.
    #[must_use = "the withheld events are only available by resuming this session"]
    pub fn freeze(&self) -> Option<Session> {
        self.delivery().freeze()
    }

    pub(super) fn budgets(&self) -> &ByteBudgets {
        &self.shared.budgets
    }

    pub(super) fn delivery(&self) -> MutexGuard<'_, DeliveryTracker> {
        let delivery = self.shared.delivery.lock();
        // No method of the tracker leaves it half-changed.
        delivery.unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, status: ShardStatus) {
        self.shared.status.send_replace(status);
    }
}
