//! What the shard's end of the buffer and the consumer's end share.

use super::byte_budget::HeldBytes;
use crate::{
    Crash, Item,
    driver::Reading,
    machine::{
        Lifecycle,
        delivery::{
            AckOutcome, Cursor, DeliveryKind, DeliveryOutcome, DeliveryTracker, Lane, Ticket,
            UnhandledLoss,
        },
    },
};
use std::{collections::VecDeque, task::Waker, time::Instant};

/// Crash reports that may wait for room in the buffer. A report that is dropped still shows, since each one
/// carries the number of crashes so far.
const MAX_PENDING_CRASHES: usize = 8;

/// An item in the buffer, and the position in the session right after it.
#[derive(Debug)]
pub(super) struct BufferedItem {
    pub(super) item: Item,
    pub(super) cursor: Cursor,
    /// The item's own sequence, if the gateway gave it one.
    pub(super) sequence: Option<u64>,
    pub(super) lane: Lane,
    /// When the frame that it is of arrived.
    pub(super) received: Option<Instant>,
    /// Released when the consumer takes the item.
    pub(super) _held: HeldBytes,
}

impl BufferedItem {
    const fn kind(&self) -> DeliveryKind {
        match &self.item {
            item if item.is_from_the_session() => DeliveryKind::Event,
            Item::Lifecycle(Lifecycle::Gap { .. }) => DeliveryKind::Loss,
            _ => DeliveryKind::Other,
        }
    }
}

/// The state between a shard's task and its consumer. It survives a panic of the task.
#[derive(Debug, Default)]
pub(super) struct DeliveryState {
    tracker: DeliveryTracker,
    /// The sequence of the item that was delivered last.
    last_sequence: Option<u64>,
    /// When the consumer was last known to take an item.
    last_taken: Option<Instant>,
    /// The events that the consumer dropped without acknowledging them.
    abandoned: u64,
    /// The consumer, while it holds as many events as it may.
    waiting: Option<Waker>,
    sender: SenderState,
    /// What the process before had not handled, until its report is in the buffer.
    pending_loss: Option<UnhandledLoss>,
    pending_crashes: VecDeque<Crash>,
    reading: Reading,
}

/// Whether more items can enter the buffer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum SenderState {
    #[default]
    Open,
    Ended,
}

/// Whether the consumer may take another item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum MayTake {
    Yes,
    /// It is woken once it may.
    NotYet,
}

impl DeliveryState {
    pub(super) const fn tracker(&self) -> &DeliveryTracker {
        &self.tracker
    }

    pub(super) const fn tracker_mut(&mut self) -> &mut DeliveryTracker {
        &mut self.tracker
    }

    /// Records that an item enters the buffer.
    pub(super) fn buffer(&mut self, entry: &BufferedItem) {
        let cursor = entry.cursor.clone();
        self.tracker.buffer(entry.lane, entry.kind(), cursor);
    }

    /// Records that an item leaves the buffer, and returns it if the consumer is to have it.
    pub(super) fn deliver(&mut self, entry: BufferedItem) -> Option<Item> {
        let kind = entry.kind();
        match self.tracker.deliver(entry.lane, kind, entry.cursor) {
            DeliveryOutcome::Delivered => {
                // It was delivered after it had arrived, and after the items before it. That needs no clock.
                if let Some(at) = entry.received.max(self.last_taken) {
                    self.tracker.set_delivered_at(at);
                }
                self.last_sequence = entry.sequence;
                Some(entry.item)
            }
            DeliveryOutcome::Withheld => None,
        }
    }

    /// Records that the item that was delivered last was taken at this time.
    pub(super) const fn taken_at(&mut self, at: Instant) {
        self.last_taken = Some(at);
        self.tracker.set_delivered_at(at);
    }

    /// The position right after the item that was delivered last, if it has a sequence of its own.
    pub(super) fn last_key(&self) -> Option<Cursor> {
        let sequence = self.last_sequence?;
        Some(self.tracker.delivered().at(sequence))
    }

    pub(super) fn may_take(&mut self, waker: &Waker) -> MayTake {
        // There is little left in the buffer then, and a consumer that waits for the end of the stream must get there.
        let is_ending = self.tracker.is_frozen() || self.sender == SenderState::Ended;
        if is_ending || self.tracker.may_deliver() {
            self.waiting = None;
            return MayTake::Yes;
        }
        self.waiting = Some(waker.clone());
        MayTake::NotYet
    }

    /// Returns the consumer to wake, if it may take items again.
    pub(super) fn acknowledge(&mut self, ticket: Ticket) -> (AckOutcome, Option<Waker>) {
        let outcome = self.tracker.acknowledge(ticket);
        let waiting = match self.tracker.may_deliver() {
            true => self.waiting.take(),
            false => None,
        };
        (outcome, waiting)
    }

    pub(super) fn abandon(&mut self, ticket: Ticket) {
        self.abandoned += 1;
        self.tracker.abandon(ticket);
    }

    pub(super) const fn abandoned(&self) -> u64 {
        self.abandoned
    }

    /// Returns the position to resume from, and the consumer to wake.
    pub(super) fn freeze(&mut self) -> (Cursor, Option<Waker>) {
        (self.tracker.freeze(), self.waiting.take())
    }

    /// Records that no more items can enter the buffer. Returns the consumer to wake.
    pub(super) const fn end(&mut self) -> Option<Waker> {
        self.sender = SenderState::Ended;
        self.tracker.no_more_reports();
        self.waiting.take()
    }

    /// Records whether the shard reads, or waits for room.
    pub(super) const fn set_reading(&mut self, reading: Reading) {
        self.reading = reading;
    }

    pub(super) const fn reading(&self) -> Reading {
        self.reading
    }

    pub(super) fn queue_crash(&mut self, crash: Crash) {
        if self.pending_crashes.len() == MAX_PENDING_CRASHES {
            self.pending_crashes.pop_front();
        }
        self.pending_crashes.push_back(crash);
    }

    /// Adds what the process before had not handled. Its report precedes all else.
    pub(super) fn restore_loss(&mut self, loss: UnhandledLoss) {
        self.tracker.restore_loss(&loss);
        self.pending_loss = Some(loss);
    }

    /// Returns the next report that is not of a shard.
    pub(super) fn next_report(&mut self) -> Option<Item> {
        if let Some(loss) = self.pending_loss.take() {
            return Some(Item::Lifecycle(loss.into_gap()));
        }
        self.pending_crashes.pop_front().map(Item::Crash)
    }

    pub(super) fn has_pending_crashes(&self) -> bool {
        !self.pending_crashes.is_empty()
    }
}
