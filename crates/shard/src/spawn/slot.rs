//! The places in memory of the items of a buffer.
//!
//! An item has over 500 bytes, and passes through some ten hands from the shard to the consumer. So each is written into a
//! slot, and what is passed on is the slot. Slots are used again, so that no item costs an allocation.

use super::byte_budget::HeldBytes;
use crate::{
    Item,
    machine::{
        Lifecycle,
        delivery::{Cursor, DeliveryKind, Lane},
    },
};
use std::time::Instant;

/// The most slots that wait for the next items. The others are freed.
const MAX_SPARE: usize = 64;

/// A place for an item. Small to move.
pub(super) type Slot = Box<BufferedItem>;

/// An item in the buffer, and the position in the session right after it.
#[derive(Debug)]
pub(super) struct BufferedItem {
    /// `None` in a slot that is not in use.
    pub(super) item: Option<Item>,
    pub(super) cursor: Cursor,
    /// The item's own sequence, if the gateway gave it one.
    pub(super) sequence: Option<u64>,
    pub(super) lane: Lane,
    /// When the frame that it is of arrived.
    pub(super) received: Option<Instant>,
    pub(super) tracking: Tracking,
    /// Released when the consumer takes the item.
    pub(super) held: Option<HeldBytes>,
}

/// Whether the tracker knows of an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tracking {
    /// The item is recorded when it enters the buffer.
    New,
    /// It was recorded when it was read ahead.
    Buffered,
}

impl BufferedItem {
    /// Creates a slot that is not in use.
    pub(super) fn empty() -> Slot {
        Box::new(Self {
            item: None,
            cursor: Cursor::default(),
            sequence: None,
            lane: Lane::Ordered,
            received: None,
            tracking: Tracking::New,
            held: None,
        })
    }

    /// Creates a slot with an item that is all that is known of it.
    pub(super) fn of(item: Item) -> Slot {
        let mut slot = Self::empty();
        slot.item = Some(item);
        slot
    }

    pub(super) fn kind(&self) -> DeliveryKind {
        self.item.as_ref().map_or(DeliveryKind::Other, kind_of)
    }
}

/// What the tracker is to know of an item.
pub(super) const fn kind_of(item: &Item) -> DeliveryKind {
    match item {
        item if item.is_from_the_session() => DeliveryKind::Event,
        Item::Lifecycle(Lifecycle::Gap { .. }) => DeliveryKind::Loss,
        _ => DeliveryKind::Other,
    }
}

/// Slots that are not in use.
#[derive(Debug, Default)]
pub(super) struct SpareSlots(Vec<Slot>);

impl SpareSlots {
    /// Takes a slot for the next item. It is as it was left, without an item.
    pub(super) fn take(&mut self) -> Slot {
        self.0.pop().unwrap_or_else(BufferedItem::empty)
    }

    /// Returns a slot whose item was taken, or is to be dropped.
    pub(super) fn put(&mut self, mut slot: Slot) {
        slot.item = None;
        slot.held = None;
        if self.0.len() < MAX_SPARE {
            self.0.push(slot);
        }
    }

    /// Moves slots to another place, until that has `count`.
    pub(super) fn refill(&mut self, other: &mut Self, count: usize) {
        let wanted = count.saturating_sub(other.0.len());
        let kept = self.0.len().saturating_sub(wanted);
        other.0.extend(self.0.drain(kept..));
    }
}

#[cfg(test)]
mod tests {
    use super::{BufferedItem, MAX_SPARE, SpareSlots};
    use crate::{Item, machine::Lifecycle};

    #[test]
    fn slot_is_used_again_without_its_item() {
        let mut spare = SpareSlots::default();
        let slot = BufferedItem::of(Item::Lifecycle(Lifecycle::AwaitingPermit));
        let place = &raw const *slot;
        spare.put(slot);
        let again = spare.take();
        assert_eq!(&raw const *again, place);
        assert!(again.item.is_none());
    }

    #[test]
    fn slots_past_the_bound_are_freed() {
        let mut spare = SpareSlots::default();
        for _ in 0..MAX_SPARE + 10 {
            spare.put(BufferedItem::empty());
        }
        assert_eq!(spare.0.len(), MAX_SPARE);
    }

    #[test]
    fn refill_moves_what_is_missing_and_no_more_than_there_is() {
        let (mut from, mut to) = (SpareSlots::default(), SpareSlots::default());
        (0..5).for_each(|_| from.put(BufferedItem::empty()));
        from.refill(&mut to, 3);
        assert_eq!((from.0.len(), to.0.len()), (2, 3));
        from.refill(&mut to, 3);
        assert_eq!((from.0.len(), to.0.len()), (2, 3));
        from.refill(&mut to, 32);
        assert_eq!((from.0.len(), to.0.len()), (0, 5));
    }
}
