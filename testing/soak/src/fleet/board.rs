//! Where the consumers write down what they are given.

use std::sync::{Arc, Mutex, PoisonError};

use gloaming::{
    Event, Incoming, Item, Lifecycle,
    protocol::{DispatchKind, OpCode, Payload},
};
use serde::Deserialize;

use crate::{ledger::Ledger, meters::Meters};

/// Where the consumers write down what they are given. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Board(Arc<Mutex<Books>>);

/// What they write it into.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) ledger: Ledger,
    pub(crate) meters: Meters,
}

/// Of READY, what says which session it begins.
#[derive(Deserialize)]
struct ReadyData {
    session_id: String,
}

impl Board {
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut Books) -> R) -> R {
        // Counted too little is better than not at all.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Books {
    /// A cluster's events are typed, and most do not tell their sequence.
    pub(super) fn item(&mut self, shard: u32, item: Item) {
        match item {
            Item::Event(Event::Ready(ready)) => self.ledger.ready(shard, &ready.session_id, 1),
            Item::Event(_) => self.ledger.counted(shard),
            Item::Unknown(event) => self.anchor(shard, event.sequence()),
            Item::Undecodable(error) => {
                self.meters.undecodable += 1;
                self.anchor(shard, error.sequence());
            }
            Item::Lifecycle(event) => self.lifecycle(shard, &event),
            Item::Failure(_) => self.meters.failures += 1,
            Item::Crash(_) => self.meters.crashes += 1,
            _ => {}
        }
    }

    /// A lone shard's are raw, and all tell it.
    pub(super) fn incoming(&mut self, shard: u32, incoming: Incoming<'_>) {
        match incoming {
            Incoming::Payload(payload) => self.payload(shard, payload),
            Incoming::Lifecycle(event) => self.lifecycle(shard, &event),
            Incoming::Failure(_) => self.meters.failures += 1,
            _ => {}
        }
    }

    fn payload(&mut self, shard: u32, payload: &Payload<'_>) {
        let (OpCode::Dispatch, Some(sequence)) = (payload.op(), payload.sequence()) else {
            return;
        };
        if payload.kind() == Some(DispatchKind::Ready)
            && let Ok(ReadyData { session_id }) = payload.decode_data()
        {
            self.ledger.ready(shard, &session_id, sequence);
        } else {
            self.ledger.numbered(shard, sequence);
        }
    }

    fn anchor(&mut self, shard: u32, sequence: Option<u64>) {
        // Without one it is no event.
        if let Some(sequence) = sequence {
            self.ledger.anchor(shard, sequence);
        }
    }

    fn lifecycle(&mut self, shard: u32, event: &Lifecycle) {
        match event {
            Lifecycle::Ready { session_id } => self.ledger.known(shard, session_id),
            Lifecycle::Gap { session_id, .. } => self.ledger.gap(session_id),
            _ => {}
        }
        self.meters.lifecycle(shard, event);
    }
}
