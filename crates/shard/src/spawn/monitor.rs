//! Looking at a shard in a task from outside.

use super::{ShardStatus, board::Board};
use crate::Session;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Watches a shard that runs in a task, over all of its restarts.
///
/// Cheap to clone; keeps neither the task nor its stream of items alive.
#[derive(Clone, Debug)]
pub struct Monitor {
    shared: Arc<Shared>,
}

/// What the task, its consumer and their watchers have in common.
#[derive(Debug)]
pub(super) struct Shared {
    board: Mutex<Board>,
    status: watch::Sender<ShardStatus>,
}

impl Monitor {
    pub(super) fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                board: Mutex::new(Board::default()),
                status: watch::Sender::new(ShardStatus::away()),
            }),
        }
    }

    /// What the shard is doing.
    #[must_use]
    pub fn status(&self) -> ShardStatus {
        self.shared.status.borrow().clone()
    }

    /// Waits until the shard has stopped for good. Its last items may still wait to be taken.
    pub async fn stopped(&self) {
        let mut status = self.shared.status.subscribe();
        // The sender is in `self`.
        _ = status.wait_for(ShardStatus::has_stopped).await;
    }

    /// The session as of the last item buffered: where to go on after a crash.
    #[must_use]
    pub fn received(&self) -> Option<Session> {
        self.board().received().session()
    }

    /// The session as of the last item that the consumer took: where to go on after a restart of the
    /// whole program. If the consumer has yet to come to the session that there is now, because the one
    /// before was lost, its beginning.
    #[must_use]
    pub fn handed_over(&self) -> Option<Session> {
        self.board().handed().session()
    }

    /// How many items wait to be taken.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.board().waiting()
    }

    /// Hands over no more events that resuming brings again, and returns the session to resume from: past
    /// the last item taken, so that whoever resumes gets each event that was withheld, and none twice.
    ///
    /// What can't be had by resuming still comes: what is no event, such as
    /// [`Lifecycle`](crate::Lifecycle), READY, and events of a session that was lost or replaced, also
    /// when that happens later. Of a session whose READY was not taken yet, what is returned is its
    /// beginning. `None` if there is no session to resume; then all that waits still comes.
    #[must_use = "the events withheld can be had only by resuming this session"]
    pub fn seal(&self) -> Option<Session> {
        self.board().seal()
    }

    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        let board = self.shared.board.lock();
        // Every change of it is whole.
        board.unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, status: ShardStatus) {
        self.shared.status.send_replace(status);
    }
}
