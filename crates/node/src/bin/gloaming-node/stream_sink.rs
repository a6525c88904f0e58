//! One stream of the engine to which events go.

use crate::{
    clock,
    stream_health::{Flow, StreamHealth},
};
use futures_util::future::join_all;
use gloaming_coordinator::{
    CoordinatorError, CoordinatorErrorKind, EventLoss, Events, LossCause, PublishOutcome,
    PublishedEvent, StreamItem,
};
use gloaming_node::SinkOverflow;
use gloaming_protocol::EventTypeFlags;
use std::{collections::BTreeMap, error::Error as _, sync::Arc, time::Duration};
use tokio::time::sleep;

/// The time until events are published again that the engine did not take.
const RETRY: Duration = Duration::from_secs(1);

/// After so many tries without success, another line is logged.
const TRIES_PER_LINE: u32 = 60;

/// An item with the type of the event, by which streams choose.
pub(crate) type TypedItem = (StreamItem, EventTypeFlags);

/// Publishes what a stream is for.
pub(crate) struct StreamSink {
    name: String,
    types: EventTypeFlags,
    overflow: SinkOverflow,
    events: Arc<dyn Events>,
    /// The losses that the stream does not have yet, by number of the shard. Only with [`SinkOverflow::Drop`].
    losses: BTreeMap<u32, EventLoss>,
    health: StreamHealth,
}

/// What becomes of an event that the engine did not take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Remedy {
    /// It is published again, and counts as the same event.
    Again,
    /// No try can succeed.
    None,
}

impl StreamSink {
    pub(crate) fn new(
        name: &str,
        types: EventTypeFlags,
        overflow: SinkOverflow,
        events: Arc<dyn Events>,
    ) -> Self {
        Self {
            types,
            overflow,
            events,
            losses: BTreeMap::new(),
            health: StreamHealth::new(name),
            name: name.to_owned(),
        }
    }

    /// Returns the name of the stream, and what `/health` shows of it.
    pub(crate) fn health(&self) -> (String, StreamHealth) {
        (self.name.clone(), self.health.clone())
    }

    /// Publishes the items that the stream is for. When it returns, the stream has them, or they were dropped as the
    /// configuration says.
    pub(crate) async fn store(&mut self, items: &[TypedItem]) {
        let wanted = items.iter().filter(|(item, kind)| match item {
            StreamItem::Event(_) => self.types.intersects(*kind),
            _ => true,
        });
        let wanted: Vec<_> = wanted.map(|(item, _)| item.clone()).collect();
        match self.overflow {
            SinkOverflow::Drop => self.store_or_drop(wanted).await,
            _ => self.store_all(wanted).await,
        }
    }

    /// Waits while the engine does not answer or has no room.
    async fn store_all(&self, mut pending: Vec<StreamItem>) {
        let mut tries = 0_u32;
        while !pending.is_empty() {
            let mut failure = None;
            let outcomes = self.publish(&pending).await;
            let outcomes = pending.into_iter().zip(outcomes);
            pending = outcomes
                .filter_map(|(item, outcome)| self.left(item, outcome, &mut failure))
                .collect();
            let Some(error) = failure else { break };
            self.health.waits(clock::now(), pending.len() as u64);
            if tries.is_multiple_of(TRIES_PER_LINE) {
                let cause = error.source().map(ToString::to_string);
                let (events, stream) = (pending.len(), &self.name);
                tracing::warn!(events, stream, cause, "events wait for the engine: {error}");
            }
            tries = tries.wrapping_add(1);
            sleep(RETRY).await;
        }
        if tries > 0 {
            self.health.flows();
        }
    }

    /// Tries once, and drops what the engine did not take.
    async fn store_or_drop(&mut self, items: Vec<StreamItem>) {
        let told: Vec<_> = self.losses.values().cloned().collect();
        let mut all: Vec<_> = told.into_iter().map(StreamItem::Lost).collect();
        let losses = all.len();
        all.extend(items);
        let outcomes = self.publish(&all).await;
        let mut failure = None;
        let (mut stored, mut dropped) = (0_u64, 0_u64);
        for (index, (item, outcome)) in all.into_iter().zip(outcomes).enumerate() {
            let shard = item.shard().number();
            let Some(left) = self.left(item, outcome, &mut failure) else {
                stored += 1;
                if index < losses {
                    self.losses.remove(&shard);
                }
                continue;
            };
            match left {
                StreamItem::Event(event) => {
                    dropped += 1;
                    self.losses.entry(shard).or_insert_with(|| loss_of(&event));
                }
                StreamItem::Lost(loss) => _ = self.losses.entry(shard).or_insert(loss),
                _ => {}
            }
        }
        self.note(stored, dropped, failure.as_ref());
    }

    /// Logs when dropping begins and ends.
    fn note(&self, stored: u64, dropped: u64, failure: Option<&CoordinatorError>) {
        let (stream, flow) = (&self.name, self.health.flow());
        if dropped > 0 {
            self.health.drops(clock::now(), dropped);
        }
        match flow {
            Flow::Dropping { events, .. } if dropped == 0 && stored > 0 => {
                self.health.flows();
                tracing::warn!(stream, events, "no more events are dropped");
            }
            Flow::Dropping { .. } => {}
            Flow::Free | Flow::Waiting { .. } if dropped > 0 => {
                let cause = failure.map(with_cause);
                tracing::warn!(stream, cause, "events are dropped, as `overflow` says");
            }
            Flow::Free | Flow::Waiting { .. } => {}
        }
    }

    /// Publishes items in their order.
    async fn publish(&self, items: &[StreamItem]) -> Vec<Result<PublishOutcome, CoordinatorError>> {
        // They are polled in their order, so that the events of a shard keep theirs.
        join_all(items.iter().map(|item| async {
            match item.clone() {
                StreamItem::Event(event) => self.events.publish(event).await,
                StreamItem::Lost(loss) => self.events.publish_loss(loss).await,
                // There is no other, and nothing could be done with it.
                _ => Ok(PublishOutcome::Duplicate),
            }
        }))
        .await
    }

    /// Returns an item if the engine did not take it and may take it later.
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
                    let (stream, cause) = (&self.name, error.source().map(ToString::to_string));
                    tracing::error!(?item, stream, cause, "an event is not passed on: {error}");
                    self.health.refuses();
                    None
                }
            },
        }
    }
}

fn with_cause(error: &CoordinatorError) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Returns the loss that begins with this event.
fn loss_of(event: &PublishedEvent) -> EventLoss {
    EventLoss {
        shard: event.shard,
        fence: event.fence,
        session: Arc::clone(&event.id.session),
        after: event.id.sequence.saturating_sub(1),
        cause: LossCause::Dropped,
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
    use bytes::Bytes;
    use futures_util::FutureExt as _;
    use gloaming_coordinator::{Fence, MessageId};
    use gloaming_protocol::ShardId;
    use gloaming_queue::BoxFuture;
    use std::{
        future::ready,
        sync::{Mutex, PoisonError},
    };

    /// Refuses events by their sequences, as often as it is said here, and keeps those that it has taken, in which a loss is the
    /// negative sequence after which events are missing.
    #[derive(Debug, Default)]
    struct Stream {
        refusals: Mutex<Vec<(i64, CoordinatorErrorKind)>>,
        taken: Mutex<Vec<i64>>,
    }

    impl Stream {
        fn take(&self, number: i64) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
            let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
            let refusal = refusals.iter().position(|(refused, _)| *refused == number);
            if let Some(position) = refusal {
                let (_, kind) = refusals.remove(position);
                return Box::pin(ready(Err(kind.into())));
            }
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.push(number);
            let position = taken.len() as u64;
            Box::pin(ready(Ok(PublishOutcome::Accepted { position })))
        }
    }

    impl Events for Stream {
        fn publish(
            &self,
            event: PublishedEvent,
        ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
            self.take(event.id.sequence.cast_signed())
        }

        fn publish_loss(
            &self,
            loss: EventLoss,
        ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
            self.take(-loss.after.cast_signed())
        }
    }

    fn item(sequence: u64) -> TypedItem {
        let event = PublishedEvent {
            shard: ShardId::new(0, 1),
            fence: Fence::new(7),
            id: MessageId {
                session: "a".into(),
                sequence,
            },
            name: "MESSAGE_CREATE".into(),
            payload: Bytes::from_static(b"{}"),
        };
        (StreamItem::Event(event), EventTypeFlags::MESSAGE_CREATE)
    }

    fn sink(
        types: EventTypeFlags,
        overflow: SinkOverflow,
        refusals: &[(i64, CoordinatorErrorKind)],
    ) -> (StreamSink, Arc<Stream>) {
        let stream = Arc::new(Stream {
            refusals: Mutex::new(refusals.to_vec()),
            taken: Mutex::default(),
        });
        let events: Arc<dyn Events> = Arc::clone(&stream) as _;
        (StreamSink::new("events", types, overflow, events), stream)
    }

    async fn taken(refusals: &[(i64, CoordinatorErrorKind)]) -> Vec<i64> {
        let (mut sink, stream) = sink(EventTypeFlags::all(), SinkOverflow::Wait, refusals);
        let items: Vec<_> = (1..=100).map(item).collect();
        sink.store(&items).await;
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

    #[tokio::test(start_paused = true)]
    async fn stream_gets_only_what_it_is_for() {
        let (mut sink, stream) = sink(EventTypeFlags::GUILD_CREATE, SinkOverflow::Wait, &[]);
        let (guild, _) = item(2);
        sink.store(&[item(1), (guild, EventTypeFlags::GUILD_CREATE), item(3)])
            .await;
        assert_eq!(*stream.taken.lock().unwrap(), [2]);
    }

    #[tokio::test(start_paused = true)]
    async fn dropped_events_are_told_before_the_next_ones() {
        use CoordinatorErrorKind::{Full, Unreachable};
        // The loss after 3 is refused once, too.
        let refusals = [(4, Full), (5, Full), (6, Unreachable), (-3, Unreachable)];
        let (mut sink, stream) = sink(EventTypeFlags::all(), SinkOverflow::Drop, &refusals);
        for batch in [1..=3, 4..=5, 6..=6, 7..=8, 9..=9] {
            let items: Vec<_> = batch.map(item).collect();
            let stored = sink.store(&items).now_or_never();
            assert!(stored.is_some(), "nothing waits");
        }
        assert_eq!(*stream.taken.lock().unwrap(), [1, 2, 3, -3, 7, 8, 9]);
        assert_eq!(sink.health.flow(), Flow::Free);
        assert!(sink.losses.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn stream_that_is_full_is_shown_as_waiting() {
        let refusals = [(2, CoordinatorErrorKind::Full)];
        let (mut sink, _stream) = sink(EventTypeFlags::all(), SinkOverflow::Wait, &refusals);
        let (name, health) = sink.health();
        assert_eq!(name, "events");
        let items = [item(1), item(2)];
        let mut storing = std::pin::pin!(sink.store(&items));
        assert!(storing.as_mut().now_or_never().is_none());
        let flow = health.flow();
        assert!(matches!(flow, Flow::Waiting { events: 1, .. }), "{flow:?}");
        storing.await;
        assert_eq!(health.flow(), Flow::Free);
    }
}
