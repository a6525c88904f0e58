//! How far the events of the shards were taken from the stream, as their heartbeats show.

use crate::Cluster;
use gloaming_shard::{Item, Lifecycle, ShardState};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The heartbeats of the shards of a cluster whose ACKs were taken from the stream.
#[derive(Debug)]
pub(super) struct Receipts {
    shards: BTreeMap<u32, ShardReceipt>,
}

#[derive(Clone, Copy, Debug, Default)]
struct ShardReceipt {
    /// The number of ACKs in this connection, or `None` if it was established before the receipts were.
    acks: Option<u32>,
    /// The last round trip, until its heartbeat was evaluated.
    round_trip: Option<Duration>,
    /// When READY or RESUMED was taken, which is later than it arrived. Heartbeats before it prove nothing.
    established: Option<Instant>,
}

impl Receipts {
    /// The shards of a cluster, of which some have a session.
    pub(super) fn new(now: Instant, cluster: &Cluster) -> Self {
        let shards = cluster.shards().map(|shard| {
            let is_active = shard.state() == ShardState::Active;
            let receipt = ShardReceipt {
                established: is_active.then_some(now),
                ..ShardReceipt::default()
            };
            (shard.id().number(), receipt)
        });
        Self {
            shards: shards.collect(),
        }
    }

    /// Takes notice of an item that was taken from the stream.
    pub(super) fn handle(&mut self, now: Instant, shard: u32, item: &Item) {
        let Item::Lifecycle(event) = item else {
            return;
        };
        let receipt = self.shards.entry(shard).or_default();
        match event {
            Lifecycle::Connecting { .. } | Lifecycle::Disconnected { .. } => {
                *receipt = ShardReceipt {
                    acks: Some(0),
                    ..ShardReceipt::default()
                };
            }
            Lifecycle::Ready { .. } | Lifecycle::Resumed { .. } => receipt.established = Some(now),
            Lifecycle::HeartbeatAcknowledged {
                latency: Some(round_trip),
            } => {
                receipt.acks = receipt.acks.map(|acks| acks + 1);
                receipt.round_trip = Some(*round_trip);
            }
            _ => {}
        }
    }

    /// Returns the shards of which everything that the gateway sent until a time was taken, with this time.
    pub(super) fn poll(&mut self, cluster: &Cluster) -> Vec<(u32, Instant)> {
        let mut received = Vec::new();
        for (number, receipt) in &mut self.shards {
            let (Some(round_trip), Some(established)) = (receipt.round_trip, receipt.established)
            else {
                continue;
            };
            let Some(latency) = cluster.shard(*number).map(|shard| shard.latency()) else {
                continue;
            };
            // If more ACKs have arrived, they and the events before them are still in the buffer.
            let is_last = receipt.acks.is_none_or(|acks| latency.periods() == acks)
                && latency.recent().first() == Some(&round_trip);
            if let Some(sent) = latency.answered()
                && is_last
            {
                receipt.round_trip = None;
                if sent >= established {
                    received.push((*number, sent));
                }
            }
        }
        received
    }
}
