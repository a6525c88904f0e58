//! Checks of [`Events`].

use super::shard;
use crate::{
    event_loss::{EventLoss, LossCause, StreamItem},
    events::{Events, MessageId, PublishOutcome, PublishedEvent},
    fence::Fence,
};
use bytes::Bytes;
use gloaming_queue::BoxFuture;
use std::{future::poll_fn, task::Poll};

/// An engine for events under test, which nothing else uses.
pub trait TestedEvents {
    /// The connection of one node.
    type Connection: Events;

    /// Makes a connection for one node.
    fn connect(&self) -> Self::Connection;

    /// Takes the next event or loss as a worker does, and acknowledges it. `None` if there is no other one.
    fn take(&self) -> BoxFuture<'_, Option<StreamItem>>;

    /// Returns which side compares fences.
    fn fence_check(&self) -> FenceCheck;
}

/// Which side compares the fence of an event with those of earlier ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FenceCheck {
    /// The engine, which refuses an event with a lower fence.
    Engine,
    /// The worker, to which the fence is delivered.
    Worker,
}

/// Checks an engine for events. `make` makes one that has nothing stored.
///
/// # Panics
///
/// If the engine does not do what [`Events`] says. The message says what.
pub async fn check_events<E: TestedEvents>(make: impl AsyncFn() -> E) {
    event_arrives_as_it_was_published(&make().await).await;
    event_with_a_known_id_arrives_once(&make().await).await;
    events_of_a_shard_keep_their_order(&make().await).await;
    fence_of_an_earlier_owner_is_noticed(&make().await).await;
    loss_has_its_place_among_the_events(&make().await).await;
}

fn event(session: &str, sequence: u64, fence: u64) -> PublishedEvent {
    PublishedEvent {
        shard: shard(3),
        fence: Fence::new(fence),
        id: MessageId {
            session: session.into(),
            sequence,
        },
        name: "MESSAGE_CREATE".into(),
        payload: Bytes::from_static(br#"{"content":"hello"}"#),
    }
}

/// Takes the next event, where no loss is published.
async fn take(engine: &impl TestedEvents) -> Option<PublishedEvent> {
    match engine.take().await? {
        StreamItem::Event(event) => Some(event),
        other => panic!("it is an event: {other:?}"),
    }
}

async fn publish(events: &impl Events, event: &PublishedEvent) -> PublishOutcome {
    let outcome = events.publish(event.clone()).await;
    outcome.expect("an event can be published")
}

async fn accepted(events: &impl Events, event: &PublishedEvent) -> u64 {
    match publish(events, event).await {
        PublishOutcome::Accepted { position } => position,
        other => panic!("{event:?} is new: {other:?}"),
    }
}

async fn event_arrives_as_it_was_published(engine: &impl TestedEvents) {
    let connection = engine.connect();
    let long = format!(r#"{{"content":"{}"}}"#, "ä".repeat(32 * 1024));
    let payloads = ["{}", "null", r#"{"a":"\u00e4 🌒","b":1.50}"#, &long];
    let mut published = Vec::new();
    for (index, payload) in (1..).zip(payloads) {
        published.push(PublishedEvent {
            payload: Bytes::copy_from_slice(payload.as_bytes()),
            ..event("a-session", index, 7)
        });
    }
    // Names are those of Discord, which may invent others.
    published.push(PublishedEvent {
        name: "SOME.NEW EVENT>*".into(),
        ..event("a-session", 9, 7)
    });
    let mut last = 0;
    for event in &published {
        let position = accepted(&connection, event).await;
        assert!(position > last, "positions rise");
        last = position;
    }
    for expected in published {
        assert_eq!(take(engine).await, Some(expected), "with its payload");
    }
    assert_eq!(take(engine).await, None, "there is no other");
}

async fn event_with_a_known_id_arrives_once(engine: &impl TestedEvents) {
    let (one, two) = (engine.connect(), engine.connect());
    let first = event("a-session", 1, 7);
    accepted(&one, &first).await;
    // A publication whose answer was lost is repeated, and the next owner publishes what is replayed.
    let outcome = publish(&one, &first).await;
    assert_eq!(outcome, PublishOutcome::Duplicate);
    let outcome = publish(&two, &event("a-session", 1, 8)).await;
    assert_eq!(outcome, PublishOutcome::Duplicate);
    let other = event("another-session", 1, 8);
    accepted(&two, &other).await;
    assert_eq!(take(engine).await, Some(first.clone()));
    assert_eq!(take(engine).await, Some(other));
    assert_eq!(take(engine).await, None, "each once");
    let outcome = publish(
        &two,
        &PublishedEvent {
            fence: Fence::new(8),
            ..first
        },
    )
    .await;
    assert_eq!(
        outcome,
        PublishOutcome::Duplicate,
        "also after it was taken"
    );
    assert_eq!(take(engine).await, None, "each once");
}

async fn events_of_a_shard_keep_their_order(engine: &impl TestedEvents) {
    const COUNT: u64 = 300;
    let connection = engine.connect();
    let publications = (1..=COUNT).map(|sequence| {
        let published = connection.publish(event("a-session", sequence, 7));
        Some(published)
    });
    let mut publications: Vec<_> = publications.collect();
    // All are under way at the same time, and were polled first in their order.
    poll_fn(|context| {
        for publication in &mut publications {
            if let Some(future) = publication
                && let Poll::Ready(outcome) = future.as_mut().poll(context)
            {
                outcome.expect("an event can be published");
                *publication = None;
            }
        }
        match publications.iter().any(Option::is_some) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    })
    .await;
    for sequence in 1..=COUNT {
        let taken = take(engine).await.map(|event| event.id.sequence);
        assert_eq!(taken, Some(sequence), "in the order of the publications");
    }
}

async fn fence_of_an_earlier_owner_is_noticed(engine: &impl TestedEvents) {
    let (old, new) = (engine.connect(), engine.connect());
    let first = event("a-session", 1, 8);
    accepted(&new, &first).await;
    let late = event("a-session", 2, 7);
    let outcome = publish(&old, &late).await;
    assert_eq!(take(engine).await, Some(first));
    match engine.fence_check() {
        FenceCheck::Engine => {
            let by = Fence::new(8);
            assert_eq!(outcome, PublishOutcome::Fenced { by });
            assert_eq!(take(engine).await, None, "it was refused");
        }
        FenceCheck::Worker => {
            assert!(matches!(outcome, PublishOutcome::Accepted { .. }));
            assert_eq!(take(engine).await, Some(late), "with its fence");
        }
    }
}

async fn loss_has_its_place_among_the_events(engine: &impl TestedEvents) {
    let connection = engine.connect();
    let before = event("a-session", 9, 7);
    let lost = |cause| EventLoss {
        shard: shard(3),
        fence: Fence::new(7),
        session: "a-session".into(),
        after: 9,
        cause,
    };
    let after = event("another-session", 1, 7);
    accepted(&connection, &before).await;
    for cause in [LossCause::NotHandled, LossCause::SessionLost] {
        let outcome = connection.publish_loss(lost(cause)).await;
        let outcome = outcome.expect("a loss can be published");
        assert!(
            matches!(outcome, PublishOutcome::Accepted { .. }),
            "{outcome:?}"
        );
        // As a node does whose answer was lost.
        let outcome = connection.publish_loss(lost(cause)).await;
        let outcome = outcome.expect("a loss can be published");
        assert_eq!(outcome, PublishOutcome::Duplicate);
    }
    accepted(&connection, &after).await;
    for expected in [
        StreamItem::Event(before),
        StreamItem::Lost(lost(LossCause::NotHandled)),
        StreamItem::Lost(lost(LossCause::SessionLost)),
        StreamItem::Event(after),
    ] {
        assert_eq!(engine.take().await, Some(expected), "in its place");
    }
    assert_eq!(engine.take().await, None, "there is no other");
}
