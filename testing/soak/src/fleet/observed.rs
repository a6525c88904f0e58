//! What the consumers of all shards observe.

use std::sync::{Arc, Mutex, PoisonError};

use gloaming::{
    Event, Incoming, Item, Lifecycle,
    protocol::{DispatchKind, OpCode, Payload},
};
use serde::Deserialize;

use crate::{ledger::Ledger, shard_counters::ShardCounters};

/// The observations of all consumers. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedObservations(Arc<Mutex<Observations>>);

/// The deliveries and reports of all shards.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    pub(crate) ledger: Ledger,
    pub(crate) counters: ShardCounters,
}

/// The part of READY that names the session.
#[derive(Deserialize)]
struct ReadyData {
    session_id: String,
}

impl SharedObservations {
    pub(crate) fn with<R>(&self, access: impl FnOnce(&mut Observations) -> R) -> R {
        // After a panic, a missing observation shows as a lost event.
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observations {
    /// Adds an item of a cluster. Its events are typed, and most have no sequence number.
    pub(super) fn add_item(&mut self, shard: u32, item: Item) {
        match item {
            Item::Event(Event::Ready(ready)) => self.ledger.ready(shard, &ready.session_id, 1),
            Item::Event(_) => self.ledger.unsequenced(shard),
            Item::Unknown(event) => self.add_marker(shard, event.sequence()),
            Item::Undecodable(error) => {
                self.counters.undecodable += 1;
                self.add_marker(shard, error.sequence());
            }
            Item::Lifecycle(event) => self.add_lifecycle(shard, &event),
            Item::Failure(_) => self.counters.failures += 1,
            Item::Crash(_) => self.counters.crashes += 1,
            _ => {}
        }
    }

    /// Adds what a standalone shard received. Its events are raw and have a sequence number.
    pub(super) fn add_incoming(&mut self, shard: u32, incoming: Incoming<'_>) {
        match incoming {
            Incoming::Payload(payload) => self.add_payload(shard, payload),
            Incoming::Lifecycle(event) => self.add_lifecycle(shard, &event),
            Incoming::Failure(_) => self.counters.failures += 1,
            _ => {}
        }
    }

    fn add_payload(&mut self, shard: u32, payload: &Payload<'_>) {
        let (OpCode::Dispatch, Some(sequence)) = (payload.op(), payload.sequence()) else {
            return;
        };
        if payload.kind() == Some(DispatchKind::Ready)
            && let Ok(ReadyData { session_id }) = payload.decode_data()
        {
            self.ledger.ready(shard, &session_id, sequence);
        } else {
            self.ledger.sequenced(shard, sequence);
        }
    }

    fn add_marker(&mut self, shard: u32, sequence: Option<u64>) {
        // A payload without a sequence number is not an event.
        if let Some(sequence) = sequence {
            self.ledger.marker(shard, sequence);
        }
    }

    fn add_lifecycle(&mut self, shard: u32, event: &Lifecycle) {
        match event {
            Lifecycle::Ready { session_id } => self.ledger.session_started(shard, session_id),
            Lifecycle::Gap { session_id, .. } => self.ledger.gap_reported(session_id),
            _ => {}
        }
        self.counters.count(shard, event);
    }
}
