use crate::harness::{event, publisher_to, taken, worker};
use bytes::Bytes;
use futures_util::future::join_all;
use gloaming_coordinator::{CoordinatorErrorKind, Events as _, PublishedEvent};
use gloaming_nats::{DeliveryOrder, EventStream, NatsEvents, PublishOrder, WorkerConfig};
use gloaming_test_support::nats::NatsServer;

/// An event of which a stream of 1 MiB holds two.
fn large(sequence: u64) -> PublishedEvent {
    PublishedEvent {
        payload: Bytes::from(vec![b' '; 400 << 10]),
        ..event(3, "GUILD_CREATE", sequence)
    }
}

/// Publishes events at the same time, and returns those that were not stored.
async fn publish_all(events: &NatsEvents, batch: Vec<PublishedEvent>) -> Vec<PublishedEvent> {
    let publishing = batch.iter().map(|event| events.publish(event.clone()));
    let outcomes = join_all(publishing).await;
    let failed = batch.into_iter().zip(outcomes);
    let failed = failed.filter_map(|(event, outcome)| match outcome {
        Ok(_) => None,
        Err(error) => {
            assert_eq!(error.kind(), CoordinatorErrorKind::Full);
            Some(event)
        }
    });
    failed.collect()
}

/// Publishes two large events and a batch whose first one has no room in the stream, while its others have. Returns the sequences in
/// the order in which a worker gets them.
async fn taken_after_a_failure(order: PublishOrder) -> Vec<(u64, DeliveryOrder)> {
    let server = NatsServer::start();
    let stream = EventStream::new().with_max_bytes(1 << 20).with_order(order);
    let events = publisher_to(&server, "bot", stream).await;
    assert!(
        publish_all(&events, vec![large(1), large(2)])
            .await
            .is_empty()
    );
    let mut batch = vec![large(3)];
    batch.extend((4..=6).map(|sequence| event(3, "TYPING_START", sequence)));
    let mut pending = publish_all(&events, batch).await;
    assert_eq!(pending.first().map(|event| event.id.sequence), Some(3));

    let group = WorkerConfig::new("all").unwrap();
    let mut worker = worker(&server, "bot", group).await;
    let mut sequences = Vec::new();
    while sequences.len() < 6 {
        let delivery = taken(&mut worker).await;
        let sequence = delivery.event().unwrap().id.sequence;
        sequences.push((sequence, delivery.order()));
        delivery.acknowledge().await.unwrap();
        if sequence == 2 {
            // The acknowledgements are on their way to the server.
            while !pending.is_empty() {
                pending = publish_all(&events, pending).await;
            }
        }
    }
    sequences
}

#[tokio::test]
async fn strict_order_is_kept() {
    let in_order = |sequence| (sequence, DeliveryOrder::InOrder);
    let taken = taken_after_a_failure(PublishOrder::Strict).await;
    assert_eq!(taken, (1..=6).map(in_order).collect::<Vec<_>>());
}

#[tokio::test]
async fn worker_sees_which_event_came_late() {
    let taken = taken_after_a_failure(PublishOrder::Pipelined).await;
    let late: Vec<_> = taken
        .iter()
        .filter(|(_, order)| *order != DeliveryOrder::InOrder)
        .collect();
    assert_eq!(late, [&(3, DeliveryOrder::Late { highest: 6 })]);
}
