//! How far a shard has come, and what it read last.

use super::{
    batch::Batch,
    delivery::PayloadFacts,
    items::NextItem,
    monitor::ShardMonitor,
    overflow::{Fill, OverflowPolicy, Shed, ShedReport, ShedState},
    read_ahead::Waiting,
    status::ShardStatus,
};
use crate::{
    Incoming, Item, Shard,
    driver::{Reading, clock},
    machine::delivery::Cursor,
    selection::Selection,
};
use gloaming_protocol::{EventTypeFlags, OwnedPayload, RepairReport};
use std::{
    future::poll_fn,
    task::{Context, Poll},
};

/// Returns how full a buffer is, with the items that wait to enter it.
fn fill(monitor: &ShardMonitor, capacity: usize, waiting: usize) -> Fill {
    let buffered = usize::try_from(monitor.buffered_items()).unwrap_or(usize::MAX);
    let items = Fill {
        used: buffered.saturating_add(waiting),
        limit: capacity,
    };
    let bytes = monitor.budgets().fullest();
    bytes
        .filter(|bytes| bytes.permille() > items.permille())
        .unwrap_or(items)
}

/// Publishes the shard's position and status whenever they change, and at the end of the task: also if the task
/// panics, is aborted, or ends with its runtime.
pub(super) struct Progress<'a> {
    monitor: &'a ShardMonitor,
    selection: Selection,
    pub(super) published: ShardStatus,
    pub(super) cursor: Cursor,
    /// Of the last item.
    pub(super) payload: PayloadFacts,
    /// How the event of the last item was repaired.
    pub(super) repaired: Option<Box<RepairReport>>,
    pub(super) shedding: ShedState,
    /// The number of items for which the buffer has room.
    capacity: usize,
}

/// What the shard read while there was no room for it.
pub(super) struct ReadItem {
    pub(super) content: Waiting,
    /// Of a payload.
    pub(super) kind: EventTypeFlags,
}

impl<'a> Progress<'a> {
    /// A shard begins, whose buffer has room for `capacity` items.
    pub(super) fn new(
        monitor: &'a ShardMonitor,
        overflow: OverflowPolicy,
        capacity: usize,
        shard: &Shard,
        selection: Selection,
    ) -> Self {
        let cursor = Cursor::of(shard.session(), &Cursor::default());
        let published = ShardStatus::of(shard);
        let mut delivery = monitor.delivery();
        delivery.tracker_mut().advance(cursor.clone());
        // The task before may have ended while it waited for room.
        delivery.set_reading(Reading::Open);
        let limit = shard.config().read_ahead();
        delivery.read_ahead_mut().set(limit, selection);
        drop(delivery);
        monitor.live().buffer_has_room();
        monitor.publish(published.clone());
        Self {
            monitor,
            selection,
            published,
            cursor,
            payload: PayloadFacts::NONE,
            repaired: None,
            shedding: ShedState::new(overflow.shed_kinds()),
            capacity,
        }
    }

    /// Waits until the shard has read an item, which is written to the [next slot](Batch::next_mut), or has stopped.
    pub(super) async fn next_item(&mut self, shard: &mut Shard, batch: &mut Batch<'_>) -> NextItem {
        let selection = self.selection;
        poll_fn(|cx| {
            let waiting = batch.len();
            let slot = batch.next_mut();
            let polled = shard.poll_with(cx, Reading::Open, |incoming| {
                let payload = match incoming {
                    Incoming::Payload(payload) => payload,
                    other => {
                        slot.item = Item::selected(other, selection, &mut self.repaired);
                        self.payload = PayloadFacts::of_other(slot.item.as_ref()?);
                        return Some(NextItem::Taken);
                    }
                };
                let kind = EventTypeFlags::of(payload);
                if !selection.events.intersects(kind) || self.is_shed(kind, waiting) {
                    return None;
                }
                let into = &mut slot.item;
                let item = Item::decoded_into(into, payload, kind, selection, &mut self.repaired);
                self.payload = PayloadFacts::of(payload, kind, item);
                Some(NextItem::Taken)
            });
            if polled.is_pending() {
                batch.flush();
                self.monitor.live().set_last_frame(shard.last_frame());
                // Everything read since the last item was filtered out.
                self.advance(shard);
            }
            polled.map(|next| next.unwrap_or(NextItem::End))
        })
        .await
    }

    /// Polls the shard, for which there is no room in the buffer, until it has read something that the consumer wants.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        shard: &mut Shard,
        reading: Reading,
    ) -> Poll<Option<ReadItem>> {
        let selection = self.selection;
        shard.poll_with(cx, reading, |incoming| match incoming {
            Incoming::Payload(payload) => {
                let kind = EventTypeFlags::of(payload);
                if !selection.events.intersects(kind) || self.is_shed(kind, 0) {
                    return None;
                }
                let content = Waiting::Payload(payload.to_owned_payload());
                Some(ReadItem { content, kind })
            }
            other => Some(ReadItem {
                content: Waiting::Other(Box::new(Item::selected(other, selection, &mut None)?)),
                kind: EventTypeFlags::empty(),
            }),
        })
    }

    /// Decodes a payload that was read, without a wait for room.
    pub(super) fn decode(
        &mut self,
        shard: &mut Shard,
        payload: &OwnedPayload,
        kind: EventTypeFlags,
    ) -> (Item, PayloadFacts) {
        let payload = payload.as_payload();
        let item = Item::decoded(&payload, kind, self.selection, &mut self.repaired);
        shard.delivered(&item, self.repaired.take());
        let facts = PayloadFacts::of(&payload, kind, &item);
        (item, facts)
    }

    /// Whether an event is shed. Counts it if it is.
    fn is_shed(&mut self, kind: EventTypeFlags, waiting: usize) -> bool {
        if !self.shedding.concerns(kind) || !self.selection.events.intersects(kind) {
            return false;
        }
        let fill = fill(self.monitor, self.capacity, waiting);
        let is_shed = self.shedding.sheds(kind, fill) == Shed::Yes;
        if is_shed {
            self.monitor.count_shed();
        }
        is_shed
    }

    /// Returns the report of shed events once there is room again.
    pub(super) fn shed_report(&mut self, batch: &Batch<'_>) -> Option<Box<ShedReport>> {
        if self.shedding.is_reported() {
            return None;
        }
        self.shedding
            .report(fill(self.monitor, self.capacity, batch.len()))
    }

    /// Publishes the shard's position as received. No item may be between the shard and the buffer, other than those that were
    /// read ahead.
    pub(super) fn advance(&mut self, shard: &Shard) {
        let cursor = self.update(shard);
        self.monitor.delivery().tracker_mut().advance(cursor);
    }

    pub(super) fn update(&mut self, shard: &Shard) -> Cursor {
        match shard.session() {
            // A session begins and ends with changes of the status.
            Some(session) if self.published.is_current(shard) && !self.cursor.is_empty() => {
                self.cursor.move_to(session.sequence());
            }
            session => self.cursor = Cursor::of(session, &self.cursor),
        }
        if !self.published.is_current(shard) {
            self.published = ShardStatus::of(shard);
            self.monitor.publish(self.published.clone());
        }
        self.cursor.clone()
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.monitor.publish(match self.published.has_stopped() {
            true => self.published.clone(),
            false => self.published.task_ended(clock::now()),
        });
    }
}
