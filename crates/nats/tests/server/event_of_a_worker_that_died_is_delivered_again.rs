use crate::harness::{event, publish, publisher, taken, worker};
use gloaming_coordinator::PublishOutcome;
use gloaming_nats::WorkerConfig;
use gloaming_test_support::nats::NatsServer;
use std::time::Duration;

#[tokio::test]
async fn event_reaches_the_next_worker_and_is_stored_once() {
    let server = NatsServer::start();
    let events = publisher(&server, "bot").await;
    let events = events.with_trace_context(|event| Some(format!("trace-{}", event.id.sequence)));
    let event = event(3, "MESSAGE_CREATE", 41);
    let accepted = publish(&events, &event).await;
    assert!(matches!(accepted, PublishOutcome::Accepted { .. }));
    // The shard was resumed by another node, which publishes what is replayed.
    assert_eq!(publish(&events, &event).await, PublishOutcome::Duplicate);

    let group = WorkerConfig::new("handlers").unwrap();
    let group = group.with_ack_wait(Duration::from_secs(1));
    let mut first = worker(&server, "bot", group.clone()).await;
    let delivery = taken(&mut first).await;
    assert_eq!((delivery.event().unwrap(), delivery.attempt()), (&event, 1));
    assert_eq!(delivery.trace_context(), Some("trace-41"));
    // It dies with the event in its hands.
    drop((delivery, first));

    let mut second = worker(&server, "bot", group).await;
    let delivery = taken(&mut second).await;
    assert_eq!((delivery.event().unwrap(), delivery.attempt()), (&event, 2));
    delivery.acknowledge().await.unwrap();
    assert_eq!(publish(&events, &event).await, PublishOutcome::Duplicate);
    // The next one is another event: the first was stored once, and does not come a third time.
    let next = crate::harness::event(3, "MESSAGE_CREATE", 42);
    publish(&events, &next).await;
    let delivery = taken(&mut second).await;
    assert_eq!((delivery.event().unwrap(), delivery.attempt()), (&next, 1));
}

#[tokio::test]
async fn handler_asks_for_an_event_again_or_gives_it_up() {
    let server = NatsServer::start();
    let events = publisher(&server, "bot").await;
    let group = WorkerConfig::new("handlers").unwrap();
    let mut worker = worker(&server, "bot", group.with_max_pending(1)).await;
    let (first, second) = (event(3, "A", 1), event(3, "A", 2));
    publish(&events, &first).await;
    publish(&events, &second).await;
    let delivery = taken(&mut worker).await;
    delivery.extend().await.unwrap();
    delivery.retry(Duration::from_millis(10)).await.unwrap();
    let delivery = loop {
        let delivery = taken(&mut worker).await;
        if delivery.event().unwrap() == &first {
            break delivery;
        }
        delivery.retry(Duration::from_millis(10)).await.unwrap();
    };
    assert!(delivery.attempt() >= 2);
    delivery.reject().await.unwrap();
    let delivery = taken(&mut worker).await;
    assert_eq!(delivery.event().unwrap(), &second);
}
