//! Items on their way through a switch, with the duty to acknowledge them.

use super::copies::{CopyHolds, SetShard};
use gloaming_protocol::ShardId;
use gloaming_shard::{Acknowledgement, Item};
use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

/// An item of one of the sets.
#[derive(Debug)]
pub(super) struct SwitchItem {
    pub(super) id: ShardId,
    pub(super) item: Item,
    pub(super) custody: Custody,
}

/// The duty to acknowledge an item. If the item is dropped, since the consumer gets the other copy of it, the duty stays
/// with the [`DroppedItems`].
#[derive(Debug)]
pub(super) struct Custody {
    shard: SetShard,
    /// `None` once it was passed on.
    acknowledgement: Option<Acknowledgement>,
    dropped: DroppedItems,
}

/// What is to be acknowledged of items that the consumer does not get. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct DroppedItems(Arc<Mutex<Vec<(SetShard, Acknowledgement)>>>);

impl Custody {
    pub(super) fn new(
        shard: SetShard,
        acknowledgement: Acknowledgement,
        dropped: &DroppedItems,
    ) -> Self {
        Self {
            shard,
            acknowledgement: Some(acknowledgement),
            dropped: dropped.clone(),
        }
    }

    /// Passes the duty on, with the item.
    pub(super) fn release(mut self) -> Acknowledgement {
        let acknowledgement = self.acknowledgement.take();
        acknowledgement.unwrap_or_else(Acknowledgement::none)
    }
}

impl Drop for Custody {
    fn drop(&mut self) {
        let acknowledgement = self.acknowledgement.take();
        if let Some(acknowledgement) = acknowledgement.filter(|it| !it.is_none()) {
            self.dropped.lock().push((self.shard, acknowledgement));
        }
    }
}

impl DroppedItems {
    /// Acknowledges what may be acknowledged, and keeps the rest. Call it when the consumer has got all items that were
    /// there for it.
    pub(super) fn settle(&self, holds: &mut CopyHolds<Acknowledgement>) {
        let dropped = mem::take(&mut *self.lock());
        let kept = dropped
            .into_iter()
            .filter_map(|(shard, acknowledgement)| holds.dropped(shard, acknowledgement));
        kept.for_each(Acknowledgement::ack);
        release(holds);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(SetShard, Acknowledgement)>> {
        // No change under this lock is left half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Acknowledges the copies whose deliveries were all acknowledged.
pub(crate) fn release(holds: &mut CopyHolds<Acknowledgement>) {
    for acknowledgement in holds.release() {
        acknowledgement.ack();
    }
}
