//! Events to the streams of the engine, for any number of workers.

use crate::{
    line,
    pump::Passed,
    stream_sink::{StreamSink, TypedItem},
};
use bytes::Bytes;
use futures_util::future::join_all;
use gloaming_coordinator::{EventLoss, Fence, LossCause, MessageId, PublishedEvent, StreamItem};
use gloaming_protocol::{EventTypeFlags, OpCode, ShardId};
use gloaming_shard::{
    Delivery, Item,
    machine::{GapCause, Lifecycle},
};
use std::collections::BTreeMap;

/// Returns the fence of a shard, unless its lease is in doubt.
type FenceOf = Box<dyn Fn(u32) -> Option<Fence> + Send + Sync>;

/// Publishes events to all streams that are for them.
pub(crate) struct Publisher {
    sinks: Vec<StreamSink>,
    fence: FenceOf,
    /// Those that were known last, for shards whose lease is in doubt at the moment.
    fences: BTreeMap<u32, Fence>,
}

impl Publisher {
    pub(crate) fn new(
        sinks: Vec<StreamSink>,
        fence: impl Fn(u32) -> Option<Fence> + Send + Sync + 'static,
    ) -> Self {
        Self {
            sinks,
            fence: Box::new(fence),
            fences: BTreeMap::new(),
        }
    }

    /// Publishes a batch. When it returns, each stream has what it is for, or has dropped it as the configuration says.
    pub(crate) async fn publish(&mut self, batch: &[(ShardId, Delivery)]) -> Passed {
        let items = batch.iter();
        let items: Vec<_> = items
            .filter_map(|(shard, delivery)| self.item(*shard, delivery))
            .collect();
        let events = items.iter().filter_map(|(item, _)| item.event());
        let bytes = events.map(|event| event.payload.len() as u64);
        let passed = Passed {
            events: items.len() as u64,
            bytes: bytes.sum(),
        };
        join_all(self.sinks.iter_mut().map(|sink| sink.store(&items))).await;
        passed
    }

    /// Returns what is to be published of a delivery.
    fn item(&mut self, shard: ShardId, delivery: &Delivery) -> Option<TypedItem> {
        match delivery.get() {
            Item::Lifecycle(Lifecycle::Gap {
                session_id,
                after,
                cause,
            }) => {
                let loss = EventLoss {
                    shard,
                    fence: self.fence_of(shard),
                    session: (**session_id).into(),
                    after: *after,
                    cause: loss_cause(cause),
                };
                Some((StreamItem::Lost(loss), EventTypeFlags::empty()))
            }
            _ => self.event(shard, delivery),
        }
    }

    fn event(&mut self, shard: ShardId, delivery: &Delivery) -> Option<TypedItem> {
        let payload = line::payload(delivery.get())?;
        let key = delivery
            .key()
            .filter(|_| payload.op() == OpCode::Dispatch)?;
        let event = PublishedEvent {
            shard,
            fence: self.fence_of(shard),
            id: MessageId {
                session: key.session_id().into(),
                sequence: key.sequence(),
            },
            name: payload.name().unwrap_or_default().into(),
            payload: Bytes::copy_from_slice(payload.data().as_bytes()),
        };
        let kind = EventTypeFlags::of(&payload.as_payload());
        Some((StreamItem::Event(event), kind))
    }

    fn fence_of(&mut self, shard: ShardId) -> Fence {
        let number = shard.number();
        if let Some(fence) = (self.fence)(number) {
            self.fences.insert(number, fence);
        }
        self.fences.get(&number).copied().unwrap_or(Fence::NONE)
    }
}

const fn loss_cause(cause: &GapCause) -> LossCause {
    match cause {
        GapCause::NotHandled { .. } => LossCause::NotHandled,
        _ => LossCause::SessionLost,
    }
}
