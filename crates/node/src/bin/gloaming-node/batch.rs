//! Lines that are written together, and then acknowledged.

use crate::line;
use gloaming_protocol::ShardId;
use gloaming_shard::{Acknowledgement, Delivery};

/// A batch is written when it has so many bytes, whether or not there are more events.
const FULL: usize = 64 * 1024;

/// The bytes that are kept for the next batch.
const KEPT: usize = 4 * FULL;

/// Events as lines, in their order.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    events: u64,
    acknowledgements: Vec<Acknowledgement>,
}

impl Batch {
    pub(crate) fn add(&mut self, shard: ShardId, delivery: Delivery) {
        let before = self.bytes.len();
        let (item, acknowledgement) = delivery.into_parts();
        line::append(&mut self.bytes, shard, &item, acknowledgement.key());
        self.events += u64::from(self.bytes.len() > before);
        self.acknowledgements.push(acknowledgement);
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.bytes.len() >= FULL || self.acknowledgements.len() >= FULL / 64
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn events(&self) -> u64 {
        self.events
    }

    /// Acknowledges what was written, and begins the next batch.
    pub(crate) fn acknowledge(&mut self) {
        for acknowledgement in self.acknowledgements.drain(..) {
            acknowledgement.ack();
        }
        self.events = 0;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
    }
}
