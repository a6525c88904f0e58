use crate::harness::{event, publish, publisher_to, taken, worker};
use bytes::Bytes;
use gloaming_coordinator::{CoordinatorErrorKind, Events, PublishOutcome, PublishedEvent};
use gloaming_nats::{EventStream, WorkerConfig};
use gloaming_test_support::nats::NatsServer;

#[tokio::test]
async fn nothing_is_dropped_and_publishing_goes_on_when_workers_do() {
    let server = NatsServer::start();
    let stream = EventStream::new()
        .with_max_bytes(1 << 20)
        .with_max_pending(4);
    let events = publisher_to(&server, "bot", stream).await;
    let large = |sequence| PublishedEvent {
        payload: Bytes::from(vec![b' '; 200 << 10]),
        ..event(3, "GUILD_CREATE", sequence)
    };
    let mut stored = 0;
    let error = loop {
        match events.publish(large(stored + 1)).await {
            Ok(PublishOutcome::Accepted { .. }) => stored += 1,
            Ok(other) => panic!("it is new: {other:?}"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), CoordinatorErrorKind::Full);
    assert!(stored >= 4, "{stored}");

    let huge = PublishedEvent {
        payload: Bytes::from(vec![b' '; 2 << 20]),
        ..event(3, "GUILD_CREATE", 99)
    };
    let error = events.publish(huge).await.unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::TooLarge);

    let group = WorkerConfig::new("handlers").unwrap();
    let mut worker = worker(&server, "bot", group).await;
    for sequence in 1..=stored {
        let delivery = taken(&mut worker).await;
        assert_eq!(
            delivery.event().unwrap().id.sequence,
            sequence,
            "none is missing"
        );
        delivery.acknowledge().await.unwrap();
    }
    // The acknowledgements are on their way to the server.
    while let Err(error) = events.publish(large(stored + 1)).await {
        assert_eq!(error.kind(), CoordinatorErrorKind::Full);
    }
    let repeated = publish(&events, &large(stored + 1)).await;
    assert_eq!(repeated, PublishOutcome::Duplicate);
}
