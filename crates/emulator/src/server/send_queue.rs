//! The queue of operations for a connection.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use crate::{
    clock,
    model::{Operation, PORTION_BYTES},
};

/// How long the end of a connection may be delayed by operations that were queued before.
const END_LIMIT: Duration = Duration::from_secs(5);

/// A queue from the gateway to the task that writes. When the queue exceeds its limit, the owner has to cut it.
///
/// One step of the gateway may produce more than the limit before the client can read any of it. That is tolerated if the
/// queue was within its limit before the step. The queue therefore never holds more than the limit and the output of one
/// step.
#[derive(Debug)]
pub(super) struct SendQueue {
    limit: usize,
    state: Mutex<State>,
    filled: Notify,
    /// Notified when the deadline has been set or has moved.
    deadline_moved: Notify,
}

#[derive(Debug, Default)]
struct State {
    operations: VecDeque<Operation>,
    /// About how many bytes are queued.
    queued: usize,
    /// About how many bytes are being written.
    in_flight: usize,
    /// How many of these bytes are tolerated beyond the limit.
    tolerated: usize,
    /// The last step of the gateway.
    step: Step,
    /// When writing has to stop, whether or not everything is written; `None` while the connection is to stay open.
    deadline: Option<Instant>,
}

#[derive(Debug, Default)]
struct Step {
    number: u64,
    bytes: usize,
    /// Whether the queue was within its limit before the step.
    is_tolerable: bool,
}

/// Whether a queue is within its limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum QueueLimit {
    Kept,
    /// The client does not read.
    Exceeded,
}

/// Whether operations are left after a write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum QueueState {
    Empty,
    Pending,
}

impl SendQueue {
    /// An empty queue that may hold about `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            state: Mutex::default(),
            filled: Notify::new(),
            deadline_moved: Notify::new(),
        }
    }

    /// Adds an operation of a step of the gateway. Steps are numbered from 1.
    pub(super) fn push(&self, step: u64, operation: Operation) -> QueueLimit {
        let mut state = self.lock();
        let limit = state.add(step, size(&operation), self.limit);
        if matches!(operation, Operation::Close { .. } | Operation::Drop) {
            self.stop_at(&mut state, clock::now() + END_LIMIT);
        }
        state.operations.push_back(operation);
        self.filled.notify_one();
        limit
    }

    /// Discards what is queued and ends the connection.
    pub(super) fn cut(&self) {
        let mut state = self.lock();
        state.operations.clear();
        state.queued = 0;
        self.stop_at(&mut state, clock::now());
    }

    /// Waits until there are operations, and takes a portion of them. Cancel-safe.
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
    pub(super) fn written(&self) -> QueueState {
        let mut state = self.lock();
        state.tolerated = state.tolerated.saturating_sub(state.in_flight);
        state.in_flight = 0;
        if state.operations.is_empty() {
            QueueState::Empty
        } else {
            QueueState::Pending
        }
    }

    /// Waits until writing has to stop: immediately if the connection was cut, and after a while if its end is queued behind
    /// data that the client does not read. Cancel-safe.
    pub(super) async fn deadline(&self) {
        loop {
            let deadline = self.lock().deadline;
            tokio::select! {
                () = clock::sleep_until(deadline) => return,
                () = self.deadline_moved.notified() => {}
            }
        }
    }

    fn stop_at(&self, state: &mut State, at: Instant) {
        let deadline = state.deadline.map_or(at, |known| known.min(at));
        state.deadline = Some(deadline);
        self.deadline_moved.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A step adds so many bytes.
    fn add(&mut self, step: u64, bytes: usize, limit: usize) -> QueueLimit {
        if self.step.number != step {
            let is_tolerable = self.unwritten() <= limit;
            if is_tolerable {
                self.tolerated = 0;
            }
            self.step = Step {
                number: step,
                bytes: 0,
                is_tolerable,
            };
        }
        self.queued += bytes;
        self.step.bytes += bytes;
        if self.step.is_tolerable && self.unwritten() > limit {
            self.tolerated = self.step.bytes;
        }
        if self.unwritten() <= limit.saturating_add(self.tolerated) {
            QueueLimit::Kept
        } else {
            QueueLimit::Exceeded
        }
    }

    const fn unwritten(&self) -> usize {
        self.queued + self.in_flight
    }

    fn take(&mut self) -> Vec<Operation> {
        let mut bytes = 0;
        let mut portion = Vec::new();
        while bytes < PORTION_BYTES
            && let Some(operation) = self.operations.pop_front()
        {
            bytes += size(&operation);
            portion.push(operation);
        }
        self.queued = self.queued.saturating_sub(bytes);
        self.in_flight += bytes;
        portion
    }
}

fn size(operation: &Operation) -> usize {
    match operation {
        Operation::Send(payload) => payload.size(),
        // At most one batch is queued at a time.
        Operation::SendBatch(_)
        | Operation::Encode(_)
        | Operation::Compress(_)
        | Operation::Impair(_)
        | Operation::Close { .. }
        | Operation::Drop => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Payload;

    const LIMIT: usize = 10_000;

    fn push(queue: &SendQueue, step: u64, bytes: usize) -> QueueLimit {
        let payload = Payload::Control("x".repeat(bytes).into());
        queue.push(step, Operation::Send(payload))
    }

    /// The client reads a portion.
    fn read(queue: &SendQueue) -> QueueState {
        queue.lock().take();
        queue.written()
    }

    #[test]
    fn small_steps_exceed_the_limit() {
        let queue = SendQueue::new(LIMIT);
        let steps = (1..).take_while(|step| push(&queue, *step, 1000) == QueueLimit::Kept);
        assert!((9..12).contains(&steps.count()));
    }

    #[test]
    fn large_step_is_tolerated_once() {
        let queue = SendQueue::new(LIMIT);
        assert_eq!(push(&queue, 1, 5000), QueueLimit::Kept);
        for _ in 0..1000 {
            assert_eq!(push(&queue, 2, 1000), QueueLimit::Kept);
        }
        assert_eq!(
            push(&queue, 3, 4000),
            QueueLimit::Kept,
            "5000 and 4000 wait"
        );
        assert_eq!(push(&queue, 4, 4000), QueueLimit::Exceeded);
    }

    #[test]
    fn large_step_is_tolerated_again_after_the_client_has_read() {
        let queue = SendQueue::new(LIMIT);
        for step in 1..5 {
            for _ in 0..1000 {
                assert_eq!(push(&queue, step, 1000), QueueLimit::Kept, "step {step}");
            }
            assert_eq!(read(&queue), QueueState::Pending, "it is read in portions");
            while read(&queue) == QueueState::Pending {}
        }
    }
}
