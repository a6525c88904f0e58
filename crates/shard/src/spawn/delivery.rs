//! What the shard's end of the buffer and the consumer's end share.

use super::{
    item_size::{OTHER_ITEM_BYTES, item_bytes, payload_bytes},
    read_ahead::ReadAhead,
    slot::{BufferedItem, Slot, SpareSlots, Tracking},
};
use crate::{
    Crash, Item,
    driver::Reading,
    machine::delivery::{
        AckOutcome, Cursor, DeliveryOutcome, DeliveryTracker, Ticket, UnhandledLoss,
    },
};
use gloaming_protocol::{EventTypeFlags, Payload};
use std::{collections::VecDeque, mem, task::Waker, time::Instant};

/// Crash reports that may wait for room in the buffer. A report that is dropped still shows, since each one
/// carries the number of crashes so far.
const MAX_PENDING_CRASHES: usize = 8;

/// What is known of an item's payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct PayloadFacts {
    /// How much the item holds.
    pub(super) bytes: usize,
    pub(super) sequence: Option<u64>,
    pub(super) kind: EventTypeFlags,
}

impl PayloadFacts {
    /// Of an item without a payload.
    pub(super) const NONE: Self = Self {
        bytes: OTHER_ITEM_BYTES,
        sequence: None,
        kind: EventTypeFlags::empty(),
    };

    /// Of an item that is made of a payload.
    pub(super) fn of(payload: &Payload<'_>, kind: EventTypeFlags, item: &Item) -> Self {
        Self {
            bytes: item_bytes(item, payload.text()),
            sequence: payload.sequence(),
            kind,
        }
    }

    /// Of an item that is not made of a payload.
    pub(super) fn of_other(item: &Item) -> Self {
        match item {
            Item::Repaired(report) => Self {
                bytes: payload_bytes(report.payload().text()),
                ..Self::NONE
            },
            _ => Self::NONE,
        }
    }
}

/// What waits to enter the buffer, apart from what the shard reads.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a report is moved once, and most often there is none"
)]
pub(super) enum NextEntry {
    /// What was read ahead.
    ReadAhead,
    /// A report that is not of the shard.
    Report(Item),
    Nothing,
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
    ahead: ReadAhead,
    spare: SpareSlots,
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
        if entry.tracking == Tracking::Buffered {
            return;
        }
        let cursor = entry.cursor.clone();
        self.tracker.buffer(entry.lane, entry.kind(), cursor);
    }

    /// Records that an item leaves the buffer, and moves it to `into` if the consumer is to have it.
    pub(super) fn deliver(&mut self, mut slot: Slot, into: &mut Option<Item>) -> DeliveryOutcome {
        let cursor = mem::take(&mut slot.cursor);
        let outcome = self.tracker.deliver(slot.lane, slot.kind(), cursor);
        if outcome == DeliveryOutcome::Delivered {
            // It was delivered after it had arrived, and after the items before it. That needs no clock.
            if let Some(at) = slot.received.max(self.last_taken) {
                self.tracker.set_delivered_at(at);
            }
            self.last_sequence = slot.sequence;
            // In place: items are large. What was there is dropped with the slot.
            mem::swap(into, &mut slot.item);
        }
        self.spare.put(slot);
        outcome
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

    /// Returns what is to enter the buffer next, apart from what the shard reads. Takes it if it is a report.
    pub(super) fn next_entry(&mut self) -> NextEntry {
        if let Some(loss) = self.pending_loss.take() {
            return NextEntry::Report(Item::Lifecycle(loss.into_gap()));
        }
        if !self.ahead.is_empty() {
            return NextEntry::ReadAhead;
        }
        match self.pending_crashes.pop_front() {
            Some(crash) => NextEntry::Report(Item::Crash(crash)),
            None => NextEntry::Nothing,
        }
    }

    /// Whether anything waits to enter the buffer, apart from what the shard reads.
    pub(super) fn has_next_entry(&self) -> bool {
        self.pending_loss.is_some() || !self.ahead.is_empty() || !self.pending_crashes.is_empty()
    }

    pub(super) const fn spare_mut(&mut self) -> &mut SpareSlots {
        &mut self.spare
    }

    pub(super) const fn read_ahead(&self) -> &ReadAhead {
        &self.ahead
    }

    pub(super) const fn read_ahead_mut(&mut self) -> &mut ReadAhead {
        &mut self.ahead
    }

    /// Returns the number of items in the buffer, without those that were read ahead.
    pub(super) fn buffered_items(&self) -> u64 {
        let ahead = u64::try_from(self.ahead.len()).unwrap_or(u64::MAX);
        self.tracker.buffered_items().saturating_sub(ahead)
    }
}
