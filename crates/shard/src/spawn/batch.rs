//! Items on their way into the buffer.

use super::{
    monitor::ShardMonitor,
    slot::{BufferedItem, Slot, SpareSlots},
};
use std::mem;
use tokio::sync::mpsc::{Permit, PermitIterator};

/// The most items that enter the buffer together.
pub(super) const MAX_ITEMS: usize = 32;

/// Items that were received one right after another, and room for more.
///
/// They enter the buffer together, so that a consumer in another thread is woken once and not for each. The batch is
/// flushed before the shard's task rests, so that no item waits in it.
pub(super) struct Batch<'a> {
    monitor: &'a ShardMonitor,
    room: Option<PermitIterator<'a, Slot>>,
    /// Room for one item that was taken and not used.
    returned: Option<Permit<'a, Slot>>,
    entries: Vec<(Permit<'a, Slot>, Slot)>,
    /// Where the shard writes the next item.
    next: Slot,
    spare: SpareSlots,
}

impl<'a> Batch<'a> {
    pub(super) fn new(monitor: &'a ShardMonitor) -> Self {
        Self {
            monitor,
            room: None,
            returned: None,
            entries: Vec::with_capacity(MAX_ITEMS),
            next: BufferedItem::empty(),
            spare: SpareSlots::default(),
        }
    }

    pub(super) const fn is_full(&self) -> bool {
        self.entries.len() >= MAX_ITEMS
    }

    /// Adds room in the buffer.
    pub(super) fn set_room(&mut self, room: PermitIterator<'a, Slot>) {
        self.room = Some(room);
    }

    /// Takes the room for one item.
    pub(super) fn take_room(&mut self) -> Option<Permit<'a, Slot>> {
        self.returned.take().or_else(|| self.room.as_mut()?.next())
    }

    /// Returns room that was not used.
    pub(super) fn return_room(&mut self, room: Permit<'a, Slot>) {
        self.returned = Some(room);
    }

    /// The number of items that are not in the buffer yet.
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds an item, with the room for it.
    pub(super) fn push(&mut self, room: Permit<'a, Slot>, entry: Slot) {
        self.entries.push((room, entry));
    }

    /// The slot into which the shard writes the next item.
    pub(super) const fn next_mut(&mut self) -> &mut BufferedItem {
        &mut self.next
    }

    /// Adds the item in the [next](Self::next_mut) slot, with the room for it.
    pub(super) fn push_next(&mut self, room: Permit<'a, Slot>) {
        let entry = mem::replace(&mut self.next, self.spare.take());
        self.entries.push((room, entry));
    }

    /// Moves all items to the buffer.
    pub(super) fn flush(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        // First, as the consumer must not take an item that is not tracked yet.
        let mut delivery = self.monitor.delivery();
        for (_, entry) in &self.entries {
            delivery.buffer(entry);
        }
        delivery.spare_mut().refill(&mut self.spare, MAX_ITEMS);
        drop(delivery);
        for (room, entry) in self.entries.drain(..) {
            room.send(entry);
        }
    }
}

/// Passes on what was received before a connector, queue or transport panicked.
impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}
