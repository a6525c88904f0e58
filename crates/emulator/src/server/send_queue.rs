//! What waits to be written to one connection.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use crate::{clock, model::Action};

/// How long a connection's end may wait behind what was to be sent before.
const END_LIMIT: Duration = Duration::from_secs(5);

/// A queue from the gateway to the task that writes. Its bound is kept by the hub, which is told its size.
#[derive(Debug, Default)]
pub(super) struct SendQueue {
    waiting: Mutex<Waiting>,
    filled: Notify,
    /// The end came, or came nearer.
    nearer: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    actions: VecDeque<Action>,
    /// About how many bytes are in the queue or being written.
    bytes: usize,
    /// When writing must stop, done or not; `None` while the connection is to go on.
    overdue_at: Option<Instant>,
}

impl SendQueue {
    /// Adds one. Gives about how many bytes wait now.
    pub(super) fn push(&self, action: Action) -> usize {
        let mut waiting = self.lock();
        waiting.bytes += size(&action);
        if matches!(action, Action::Close { .. } | Action::Drop) {
            self.stop_at(&mut waiting, clock::now() + END_LIMIT);
        }
        waiting.actions.push_back(action);
        self.filled.notify_one();
        waiting.bytes
    }

    /// Throws away what waits and ends the connection.
    pub(super) fn cut(&self) {
        let mut waiting = self.lock();
        waiting.actions.clear();
        self.stop_at(&mut waiting, clock::now());
    }

    /// Waits until there is something, and takes all of it. Cancel-safe.
    pub(super) async fn take(&self) -> VecDeque<Action> {
        loop {
            let actions = std::mem::take(&mut self.lock().actions);
            if !actions.is_empty() {
                return actions;
            }
            self.filled.notified().await;
        }
    }

    /// Everything that was taken has been written.
    pub(super) fn written(&self) -> Fill {
        let mut waiting = self.lock();
        waiting.bytes = waiting.actions.iter().map(size).sum();
        if waiting.actions.is_empty() {
            Fill::Empty
        } else {
            Fill::Waiting
        }
    }

    /// Waits until writing must stop, done or not: at once if the connection was cut, and after a while if its end
    /// waits behind what the client doesn't read. Cancel-safe: who waits again waits for the same.
    pub(super) async fn until_overdue(&self) {
        loop {
            let overdue_at = self.lock().overdue_at;
            tokio::select! {
                () = clock::sleep_until(overdue_at) => return,
                () = self.nearer.notified() => {}
            }
        }
    }

    fn stop_at(&self, waiting: &mut Waiting, at: Instant) {
        let nearest = waiting.overdue_at.map_or(at, |known| known.min(at));
        waiting.overdue_at = Some(nearest);
        self.nearer.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left after a write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fill {
    Empty,
    Waiting,
}

fn size(action: &Action) -> usize {
    match action {
        Action::Send(frame) => frame.size(),
        // At most one run waits at a time.
        Action::SendRun(_)
        | Action::Compress(_)
        | Action::Impair(_)
        | Action::Close { .. }
        | Action::Drop => 0,
    }
}
