//! What waits to be written to one connection.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use crate::{clock, model::Operation};

/// How long a connection's end may wait behind what was to be sent before.
const END_LIMIT: Duration = Duration::from_secs(5);

/// About how many bytes are taken out at once, so that what has left is known before all has.
const PORTION_BYTES: usize = 256 * 1024;

/// A queue from the gateway to the task that writes. It is bounded: when it has no room, it is for the hub to cut it.
///
/// One step of the gateway's may make more than the bound, before the client could read any of it: that is excused if
/// the queue was within its bound before. So what waits is never more than the bound and what one step made.
#[derive(Debug)]
pub(super) struct SendQueue {
    bound: usize,
    waiting: Mutex<Waiting>,
    filled: Notify,
    /// The end came, or came nearer.
    nearer: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    actions: VecDeque<Operation>,
    /// About how many bytes these are.
    queued: usize,
    /// About how many bytes are being written.
    leaving: usize,
    /// How many of all these are not held against the client.
    excused: usize,
    /// What the last step made.
    step: Step,
    /// When writing must stop, done or not; `None` while the connection is to go on.
    overdue_at: Option<Instant>,
}

#[derive(Debug, Default)]
struct Step {
    number: u64,
    bytes: usize,
    /// The queue was within its bound before.
    is_excusable: bool,
}

/// Whether a queue is within its bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Room {
    Enough,
    /// Its client doesn't read.
    No,
}

impl SendQueue {
    /// An empty one that may hold about so many bytes.
    pub(super) fn new(bound: usize) -> Self {
        Self {
            bound,
            waiting: Mutex::default(),
            filled: Notify::new(),
            nearer: Notify::new(),
        }
    }

    /// Adds what the gateway made in a step, which is numbered from 1.
    pub(super) fn push(&self, step: u64, action: Operation) -> Room {
        let mut waiting = self.lock();
        let room = waiting.count(step, size(&action), self.bound);
        if matches!(action, Operation::Close { .. } | Operation::Drop) {
            self.stop_at(&mut waiting, clock::now() + END_LIMIT);
        }
        waiting.actions.push_back(action);
        self.filled.notify_one();
        room
    }

    /// Throws away what waits and ends the connection.
    pub(super) fn cut(&self) {
        let mut waiting = self.lock();
        waiting.actions.clear();
        waiting.queued = 0;
        self.stop_at(&mut waiting, clock::now());
    }

    /// Waits until there is something, and takes a portion of it. Cancel-safe.
    pub(super) async fn take(&self) -> Vec<Operation> {
        loop {
            let portion = self.lock().take();
            if !portion.is_empty() {
                return portion;
            }
            self.filled.notified().await;
        }
    }

    /// Everything that was taken has been written.
    pub(super) fn written(&self) -> Fill {
        let mut waiting = self.lock();
        waiting.excused = waiting.excused.saturating_sub(waiting.leaving);
        waiting.leaving = 0;
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

impl Waiting {
    /// So many bytes are added by a step.
    fn count(&mut self, step: u64, bytes: usize, bound: usize) -> Room {
        if self.step.number != step {
            let is_excusable = self.waits() <= bound;
            if is_excusable {
                self.excused = 0;
            }
            self.step = Step {
                number: step,
                bytes: 0,
                is_excusable,
            };
        }
        self.queued += bytes;
        self.step.bytes += bytes;
        if self.step.is_excusable && self.waits() > bound {
            self.excused = self.step.bytes;
        }
        if self.waits() <= bound.saturating_add(self.excused) {
            Room::Enough
        } else {
            Room::No
        }
    }

    const fn waits(&self) -> usize {
        self.queued + self.leaving
    }

    /// A portion, or what there is.
    fn take(&mut self) -> Vec<Operation> {
        let mut bytes = 0;
        let mut portion = Vec::new();
        while bytes < PORTION_BYTES
            && let Some(action) = self.actions.pop_front()
        {
            bytes += size(&action);
            portion.push(action);
        }
        self.queued = self.queued.saturating_sub(bytes);
        self.leaving += bytes;
        portion
    }
}

/// What is left after a write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fill {
    Empty,
    Waiting,
}

fn size(action: &Operation) -> usize {
    match action {
        Operation::Send(frame) => frame.size(),
        // At most one run waits at a time.
        Operation::SendBatch(_)
        | Operation::Compress(_)
        | Operation::Impair(_)
        | Operation::Close { .. }
        | Operation::Drop => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Payload;

    const BOUND: usize = 10_000;

    fn push(queue: &SendQueue, step: u64, bytes: usize) -> Room {
        queue.push(
            step,
            Operation::Send(Payload::Control("x".repeat(bytes).into())),
        )
    }

    /// Reads a portion.
    fn read(queue: &SendQueue) -> Fill {
        queue.lock().take();
        queue.written()
    }

    #[test]
    fn steps_that_are_small_fill_it() {
        let queue = SendQueue::new(BOUND);
        let steps = (1..).take_while(|step| push(&queue, *step, 1000) == Room::Enough);
        assert!((9..12).contains(&steps.count()));
    }

    /// Whatever one step makes has room, once.
    #[test]
    fn a_step_that_is_large_is_excused() {
        let queue = SendQueue::new(BOUND);
        assert_eq!(push(&queue, 1, 5000), Room::Enough);
        for _ in 0..1000 {
            assert_eq!(push(&queue, 2, 1000), Room::Enough);
        }
        assert_eq!(push(&queue, 3, 4000), Room::Enough, "5000 and 4000 waited");
        assert_eq!(push(&queue, 4, 4000), Room::No);
    }

    /// What was read makes room, for the next large step too.
    #[test]
    fn who_reads_is_excused_again() {
        let queue = SendQueue::new(BOUND);
        for step in 1..5 {
            for _ in 0..1000 {
                assert_eq!(push(&queue, step, 1000), Room::Enough, "step {step}");
            }
            assert_eq!(read(&queue), Fill::Waiting, "it goes in portions");
            while read(&queue) == Fill::Waiting {}
        }
    }
}
