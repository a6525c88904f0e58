//! What a shard has read although its buffer has no room.
//!
//! A shard whose consumer is slow reads ahead: its machine handles what arrives at once, and what is for the consumer
//! waits here, payloads as their text. So op 7, op 9, a close frame and the end of the stream are not behind events that
//! nobody takes, and the session is resumed while the gateway still has it.
//!
//! What waits here is a part of the buffer. It was received, the [`DeliveryTracker`](crate::machine::delivery) counts it as
//! buffered from then on, and it enters the buffer in the order in which it was read, before all that is read later. The
//! rest follows from that:
//!
//! - **A resume brings nothing twice.** RESUME and heartbeats name the last event that was read, whether it waits here or
//!   in the buffer, and the gateway sends those after it.
//! - **A session that ends loses nothing that was read.** After op 9 with `d: false`, the events of the session stay here
//!   and reach the consumer before the report of the loss and before READY of the next session, as they were read. The
//!   tracker knows them as events of a lost session: until they are handled, a process that ends loses them
//!   ([`unhandled_loss`](crate::supervision::ShardMonitor::unhandled_loss)), and a freeze delivers them.
//! - **READY** waits here like any event. The session to resume in another process is at its start until it was delivered.
//! - **A freeze** withholds what waits here, as it does with all events of the buffer that a resume brings again.
//! - **A task that panics or is aborted** loses nothing: the queue belongs to the buffer. The next task, or the consumer if
//!   there is none, takes what it has.
//!
//! The bound is in bytes. Beyond it, the shard leaves what arrives in the socket, except HELLO of a new connection. It still
//! notices the end of a connection: a heartbeat that is written to a socket that the gateway closed fails, at the second one
//! at the latest. Then it resumes, and what was unread is sent again.

use super::{
    delivery::PayloadFacts,
    monitor::ShardMonitor,
    slot::{BufferedItem, Slot, Tracking, kind_of},
};
use crate::{
    Item, ReceiveMessageError,
    driver::{Reading, clock},
    error::ReceiveMessageErrorKind,
    machine::delivery::{Cursor, DeliveryKind, Lane},
    selection::Selection,
};
use gloaming_protocol::{EventTypeFlags, JsonParser, OwnedPayload, RepairReport};
use std::collections::VecDeque;

/// The bytes beyond the limit for what arrives up to HELLO, if the consumer wants that: for some hundred connections.
const RESERVED_FOR_HELLO: usize = 64 * 1024;

/// What was read ahead, in order: bounded, and without IO.
#[derive(Debug)]
pub(super) struct ReadAhead {
    items: VecDeque<WaitingItem>,
    bytes: usize,
    limit: usize,
    selection: Selection,
}

/// What waits, and the position in the session right after it.
#[derive(Debug)]
pub(super) struct WaitingItem {
    content: Waiting,
    cursor: Cursor,
}

/// What waits.
#[derive(Debug)]
pub(super) enum Waiting {
    /// A payload that the consumer wants. It is decoded when there is room for it.
    Payload(OwnedPayload),
    Other(Box<Item>),
}

impl Waiting {
    pub(super) const fn kind(&self) -> DeliveryKind {
        match self {
            Self::Payload(_) => DeliveryKind::Event,
            Self::Other(item) => kind_of(item),
        }
    }

    /// The memory that it holds.
    fn bytes(&self) -> usize {
        let held = match self {
            Self::Payload(payload) => payload.text().len(),
            Self::Other(item) => size_of::<Item>() + text_bytes(item),
        };
        held + size_of::<WaitingItem>()
    }
}

/// The text in an item that is not an event.
fn text_bytes(item: &Item) -> usize {
    match item {
        Item::Failure(error) => failure_bytes(error),
        Item::Repaired(report) => report.payload().text().len(),
        _ => 0,
    }
}

const fn failure_bytes(error: &ReceiveMessageError) -> usize {
    match error.kind() {
        ReceiveMessageErrorKind::Deserializing { event } => event.len(),
        _ => 0,
    }
}

impl Default for ReadAhead {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            bytes: 0,
            limit: 0,
            selection: Selection {
                events: EventTypeFlags::all(),
                keep_payloads: EventTypeFlags::empty(),
                parser: JsonParser::Serde,
            },
        }
    }
}

impl ReadAhead {
    /// A shard with these settings reads from now on.
    pub(super) const fn set(&mut self, limit: usize, selection: Selection) {
        self.limit = limit;
        self.selection = selection;
    }

    /// What the shard may read while there is no room in the buffer. The last message may exceed the limit.
    pub(super) const fn reading(&self) -> Reading {
        if self.bytes < self.limit {
            Reading::Open
        } else if self.bytes < self.limit.saturating_add(RESERVED_FOR_HELLO) {
            Reading::UntilHello
        } else {
            Reading::Paused
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, content: Waiting, cursor: Cursor) {
        self.bytes = self.bytes.saturating_add(content.bytes());
        self.items.push_back(WaitingItem { content, cursor });
    }

    /// Adds what comes right after the item that was taken last.
    fn push_next(&mut self, content: Waiting, cursor: Cursor) {
        self.bytes = self.bytes.saturating_add(content.bytes());
        self.items.push_front(WaitingItem { content, cursor });
    }

    fn pop(&mut self) -> Option<WaitingItem> {
        let item = self.items.pop_front()?;
        self.bytes = self.bytes.saturating_sub(item.content.bytes());
        if self.items.is_empty() {
            // An idle shard holds no memory for it.
            self.items = VecDeque::new();
        }
        Some(item)
    }

    /// Drops everything, since there is no consumer any more.
    pub(super) fn clear(&mut self) {
        self.items = VecDeque::new();
        self.bytes = 0;
    }

    /// The payload that is next, if a payload is.
    fn next_payload(&self) -> Option<OwnedPayload> {
        match &self.items.front()?.content {
            Waiting::Payload(payload) => Some(payload.clone()),
            Waiting::Other(_) => None,
        }
    }
}

impl ShardMonitor {
    /// Takes the oldest item that was read ahead, to move it to the buffer or to deliver it. A report of how its event was
    /// repaired comes next, and is counted with `count`.
    ///
    /// Nobody else takes items meanwhile: either the shard's task does, or its supervisor, or the consumer after them.
    pub(super) fn next_read_ahead(&self, count: impl FnOnce(&RepairReport)) -> Option<Slot> {
        let (payload, selection) = {
            let delivery = self.delivery();
            let ahead = delivery.read_ahead();
            (ahead.next_payload(), ahead.selection)
        };
        // Without the lock, as the consumer must not wait for it; and before the item is taken, so that a panic loses none.
        let decoded = payload.map(|payload| Decoded::new(&payload, selection));
        let mut delivery = self.delivery();
        let WaitingItem { content, cursor } = delivery.read_ahead_mut().pop()?;
        let (item, facts) = match (content, decoded) {
            (Waiting::Other(item), _) => {
                let facts = PayloadFacts::of_other(&item);
                (*item, facts)
            }
            (Waiting::Payload(_), Some(decoded)) => {
                if let Some(report) = decoded.repaired {
                    count(&report);
                    let report = Waiting::Other(Box::new(Item::Repaired(report)));
                    delivery.buffer_next(report, cursor.clone());
                }
                (decoded.item, decoded.facts)
            }
            // It was not the next one a moment ago.
            (Waiting::Payload(payload), None) => {
                let decoded = Decoded::new(&payload, selection);
                (decoded.item, decoded.facts)
            }
        };
        drop(delivery);
        Some(Box::new(BufferedItem {
            item: Some(item),
            cursor,
            sequence: facts.sequence,
            lane: Lane::Ordered,
            // It is not delivered before.
            received: Some(clock::now()),
            tracking: Tracking::Buffered,
            held: Some(self.budgets().hold(facts.bytes)),
        }))
    }

    /// Returns how many bytes the shard has [read ahead](crate::ConfigBuilder::read_ahead), for which there is no room in
    /// the buffer yet.
    #[must_use]
    pub fn read_ahead_bytes(&self) -> usize {
        self.delivery().read_ahead().bytes()
    }
}

/// A payload that was decoded.
struct Decoded {
    item: Item,
    repaired: Option<Box<RepairReport>>,
    facts: PayloadFacts,
}

impl Decoded {
    fn new(payload: &OwnedPayload, selection: Selection) -> Self {
        let payload = payload.as_payload();
        let kind = EventTypeFlags::of(&payload);
        let mut repaired = None;
        let item = Item::decoded(&payload, kind, selection, &mut repaired);
        let facts = PayloadFacts::of(&payload, kind, &item);
        Self {
            item,
            repaired,
            facts,
        }
    }
}

impl super::delivery::DeliveryState {
    /// Records that an item enters the buffer by waiting for room.
    pub(super) fn buffer_ahead(&mut self, content: Waiting, cursor: Cursor) {
        let kind = content.kind();
        self.tracker_mut()
            .buffer(Lane::Ordered, kind, cursor.clone());
        self.read_ahead_mut().push(content, cursor);
    }

    /// Records that an item enters the buffer right after the one that was taken last.
    fn buffer_next(&mut self, content: Waiting, cursor: Cursor) {
        // More was received since.
        let received = self.tracker().received().clone();
        let kind = content.kind();
        self.tracker_mut().buffer(Lane::Ordered, kind, received);
        self.read_ahead_mut().push_next(content, cursor);
    }
}

#[cfg(test)]
mod tests;
