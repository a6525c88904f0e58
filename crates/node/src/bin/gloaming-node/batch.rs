//! Events that are passed on together, and then acknowledged.

use crate::line;
use gloaming_protocol::ShardId;
use gloaming_shard::Delivery;

/// A batch is passed on when it has so many bytes, whether or not there are more events.
const FULL: usize = 64 * 1024;

/// As with [`FULL`], for events.
const MOST: usize = 512;

/// Events in their order.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    deliveries: Vec<(ShardId, Delivery)>,
    bytes: usize,
}

impl Batch {
    pub(crate) fn add(&mut self, shard: ShardId, delivery: Delivery) {
        let payload = line::payload(delivery.get());
        self.bytes += payload.map_or(0, |payload| payload.text().len());
        self.deliveries.push((shard, delivery));
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.bytes >= FULL || self.deliveries.len() >= MOST
    }

    pub(crate) fn deliveries(&self) -> &[(ShardId, Delivery)] {
        &self.deliveries
    }

    /// Acknowledges what was passed on, and begins the next batch.
    pub(crate) fn acknowledge(&mut self) {
        for (_, delivery) in self.deliveries.drain(..) {
            delivery.ack();
        }
        self.bytes = 0;
    }
}
