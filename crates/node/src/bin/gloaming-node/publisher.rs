//! Events to a stream of the engine, for any number of workers.

use crate::{line, pump::Passed};
use bytes::Bytes;
use futures_util::future::join_all;
use gloaming_coordinator::{
    CoordinatorError, CoordinatorErrorKind, EventLoss, Events, Fence, LossCause, MessageId,
    PublishOutcome, PublishedEvent, StreamItem,
};
use gloaming_protocol::{OpCode, ShardId};
use gloaming_shard::{
    Delivery, Item,
    machine::{GapCause, Lifecycle},
};
use metrics::Counter;
use std::{collections::BTreeMap, error::Error as _, sync::Arc, time::Duration};
use tokio::time::sleep;

/// The time until events are published again that the engine did not take.
const RETRY: Duration = Duration::from_secs(1);

/// After so many tries without success, another line is logged.
const TRIES_PER_LINE: u32 = 60;

/// Returns the fence of a shard, unless its lease is in doubt.
type FenceOf = Box<dyn Fn(u32) -> Option<Fence> + Send + Sync>;

/// Publishes events, and waits for the engine as long as it takes.
pub(crate) struct Publisher {
    events: Arc<dyn Events>,
    fence: FenceOf,
    /// Those that were known last, for shards whose lease is in doubt at the moment.
    fences: BTreeMap<u32, Fence>,
    refused: Counter,
}

/// What becomes of an event that the engine did not take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Remedy {
    /// It is published again, and counts as the same event.
    Again,
    /// No try can succeed.
    None,
}

impl Publisher {
    pub(crate) fn new(
        events: Arc<dyn Events>,
        fence: impl Fn(u32) -> Option<Fence> + Send + Sync + 'static,
    ) -> Self {
        Self {
            events,
            fence: Box::new(fence),
            fences: BTreeMap::new(),
            refused: metrics::counter!("gloaming_node_refused_events_total"),
        }
    }

    /// Publishes a batch. It waits while the engine does not answer or has no room.
    pub(crate) async fn publish(&mut self, batch: &[(ShardId, Delivery)]) -> Passed {
        let events = batch.iter();
        let events: Vec<_> = events
            .filter_map(|(shard, delivery)| self.item(*shard, delivery))
            .collect();
        let published = events.iter().filter_map(StreamItem::event);
        let bytes = published.map(|event| event.payload.len() as u64);
        let passed = Passed {
            events: events.len() as u64,
            bytes: bytes.sum(),
        };
        self.store(events).await;
        passed
    }

    async fn store(&self, mut pending: Vec<StreamItem>) {
        let mut tries = 0_u32;
        while !pending.is_empty() {
            // They are polled in their order, so that the events of a shard keep theirs.
            let publishing = pending.iter().cloned().map(|item| self.store_item(item));
            let outcomes = join_all(publishing).await;
            let mut failure = None;
            let outcomes = pending.into_iter().zip(outcomes);
            pending = outcomes
                .filter_map(|(event, outcome)| self.left(event, outcome, &mut failure))
                .collect();
            let Some(error) = failure else { return };
            if tries.is_multiple_of(TRIES_PER_LINE) {
                let cause = error.source().map(ToString::to_string);
                let events = pending.len();
                tracing::warn!(events, cause, "events wait for the engine: {error}");
            }
            tries = tries.wrapping_add(1);
            sleep(RETRY).await;
        }
    }

    async fn store_item(&self, item: StreamItem) -> Result<PublishOutcome, CoordinatorError> {
        match item {
            StreamItem::Event(event) => self.events.publish(event).await,
            StreamItem::Lost(loss) => self.events.publish_loss(loss).await,
            // There is no other, and nothing could be done with it.
            _ => Ok(PublishOutcome::Duplicate),
        }
    }

    /// Returns an item if it has to be published again.
    fn left(
        &self,
        item: StreamItem,
        outcome: Result<PublishOutcome, CoordinatorError>,
        failure: &mut Option<CoordinatorError>,
    ) -> Option<StreamItem> {
        match outcome {
            // The owner with the higher fence publishes it.
            Ok(_) => None,
            Err(error) => match remedy(error.kind()) {
                Remedy::Again => {
                    failure.get_or_insert(error);
                    Some(item)
                }
                Remedy::None => {
                    let cause = error.source().map(ToString::to_string);
                    tracing::error!(?item, cause, "an event is not passed on: {error}");
                    self.refused.increment(1);
                    None
                }
            },
        }
    }

    /// Returns what is to be published of a delivery.
    fn item(&mut self, shard: ShardId, delivery: &Delivery) -> Option<StreamItem> {
        match delivery.get() {
            Item::Lifecycle(Lifecycle::Gap {
                session_id,
                after,
                cause,
            }) => Some(StreamItem::Lost(EventLoss {
                shard,
                fence: self.fence_of(shard),
                session: (**session_id).into(),
                after: *after,
                cause: loss_cause(cause),
            })),
            _ => self.event(shard, delivery).map(StreamItem::Event),
        }
    }

    fn fence_of(&mut self, shard: ShardId) -> Fence {
        let number = shard.number();
        if let Some(fence) = (self.fence)(number) {
            self.fences.insert(number, fence);
        }
        self.fences.get(&number).copied().unwrap_or(Fence::NONE)
    }

    fn event(&mut self, shard: ShardId, delivery: &Delivery) -> Option<PublishedEvent> {
        let payload = line::payload(delivery.get())?;
        let key = delivery
            .key()
            .filter(|_| payload.op() == OpCode::Dispatch)?;
        Some(PublishedEvent {
            shard,
            fence: self.fence_of(shard),
            id: MessageId {
                session: key.session_id().into(),
                sequence: key.sequence(),
            },
            name: payload.name().unwrap_or_default().into(),
            payload: Bytes::copy_from_slice(payload.data().as_bytes()),
        })
    }
}

const fn loss_cause(cause: &GapCause) -> LossCause {
    match cause {
        GapCause::NotHandled { .. } => LossCause::NotHandled,
        _ => LossCause::SessionLost,
    }
}

const fn remedy(kind: CoordinatorErrorKind) -> Remedy {
    match kind {
        CoordinatorErrorKind::TooLarge => Remedy::None,
        _ => Remedy::Again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_queue::BoxFuture;
    use std::{
        future::ready,
        sync::{Mutex, PoisonError},
    };

    /// Refuses events by their sequences, as often as it is said here, and keeps those that it has taken.
    #[derive(Debug, Default)]
    struct Stream {
        refusals: Mutex<Vec<(u64, CoordinatorErrorKind)>>,
        taken: Mutex<Vec<u64>>,
    }

    impl Events for Stream {
        fn publish(
            &self,
            event: PublishedEvent,
        ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
            let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
            let sequence = event.id.sequence;
            let refusal = refusals
                .iter()
                .position(|(refused, _)| *refused == sequence);
            if let Some(position) = refusal {
                let (_, kind) = refusals.remove(position);
                return Box::pin(ready(Err(kind.into())));
            }
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.push(sequence);
            let position = taken.len() as u64;
            Box::pin(ready(Ok(PublishOutcome::Accepted { position })))
        }

        fn publish_loss(
            &self,
            loss: EventLoss,
        ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
            self.publish(event(loss.after))
        }
    }

    fn event(sequence: u64) -> PublishedEvent {
        PublishedEvent {
            shard: ShardId::new(0, 1),
            fence: Fence::new(7),
            id: MessageId {
                session: "a".into(),
                sequence,
            },
            name: "MESSAGE_CREATE".into(),
            payload: Bytes::from_static(b"{}"),
        }
    }

    async fn taken(refusals: &[(u64, CoordinatorErrorKind)]) -> Vec<u64> {
        let stream = Arc::new(Stream {
            refusals: Mutex::new(refusals.to_vec()),
            taken: Mutex::default(),
        });
        let events: Arc<dyn Events> = Arc::clone(&stream) as _;
        let publisher = Publisher::new(events, |_| None);
        let events = (1..=100).map(event).map(StreamItem::Event);
        publisher.store(events.collect()).await;
        let taken = stream.taken.lock().unwrap();
        taken.clone()
    }

    #[tokio::test(start_paused = true)]
    async fn events_are_stored_in_their_order() {
        assert_eq!(taken(&[]).await, (1..=100).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn event_that_is_refused_for_a_while_is_published_until_it_is_stored() {
        use CoordinatorErrorKind::{Failed, Full, Unreachable};
        let refusals = [(3, Unreachable), (3, Full), (3, Failed), (9, Full)];
        let stored = taken(&refusals).await;
        assert_eq!(stored[98..], [9, 3]);
        assert_eq!(stored.len(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn event_that_is_too_large_stops_no_other() {
        let stored = taken(&[(50, CoordinatorErrorKind::TooLarge)]).await;
        assert_eq!(stored.len(), 99);
        assert!(!stored.contains(&50));
    }
}
