use crate::harness::{answered, event, publish, publisher, taken, worker};
use gloaming_coordinator::{CoordinatorErrorKind, Events, PublishOutcome};
use gloaming_nats::WorkerConfig;
use gloaming_test_support::nats::NatsServer;

#[tokio::test]
async fn events_before_and_after_the_restart_arrive() {
    let mut server = NatsServer::start();
    let group = WorkerConfig::new("handlers").unwrap();
    // It starts before the nodes, which create the stream.
    let mut worker = worker(&server, "bot", group).await;
    let waiting = tokio::spawn(async move {
        let delivery = taken(&mut worker).await;
        (worker, delivery)
    });
    let events = publisher(&server, "bot").await;
    publish(&events, &event(0, "A", 1)).await;
    let (mut worker, delivery) = waiting.await.unwrap();
    assert_eq!(delivery.event().unwrap().id.sequence, 1);
    delivery.acknowledge().await.unwrap();
    publish(&events, &event(0, "A", 2)).await;

    server.kill();
    let error = events.publish(event(0, "A", 3)).await.unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::Unreachable);
    server.resume();
    let published = answered(async || events.publish(event(0, "A", 3)).await).await;
    assert!(matches!(
        published,
        PublishOutcome::Accepted { .. } | PublishOutcome::Duplicate
    ));
    // The first may come again, if its acknowledgement was lost with the server.
    let mut sequences = Vec::new();
    while sequences.last() != Some(&3) {
        let delivery = taken(&mut worker).await;
        sequences.push(delivery.event().unwrap().id.sequence);
        delivery.acknowledge().await.unwrap();
    }
    assert!(sequences.contains(&2), "{sequences:?}");
}
