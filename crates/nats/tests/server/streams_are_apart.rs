use crate::harness::{event, publish, publisher, publisher_to, taken, worker};
use gloaming_nats::{EventRetention, EventStream, WorkerConfig};
use gloaming_test_support::nats::NatsServer;

#[tokio::test]
async fn each_stream_has_its_events_and_its_groups() {
    let server = NatsServer::start();
    let audit = EventStream::named("audit").unwrap();
    let to_audit = publisher_to(&server, "bot", audit).await;
    let to_default = publisher(&server, "bot").await;
    // The same event can be in both, and a group of the same name at each.
    for sequence in [1, 2] {
        publish(&to_audit, &event(3, "MESSAGE_CREATE", sequence)).await;
    }
    publish(&to_default, &event(3, "MESSAGE_CREATE", 2)).await;
    let group = || WorkerConfig::new("all").unwrap();
    let of_audit = group().with_stream("audit").unwrap();
    let mut of_audit = worker(&server, "bot", of_audit).await;
    let mut of_default = worker(&server, "bot", group()).await;
    for sequence in [1, 2] {
        let delivery = taken(&mut of_audit).await;
        assert_eq!(delivery.event().unwrap().id.sequence, sequence);
        delivery.acknowledge().await.unwrap();
    }
    let delivery = taken(&mut of_default).await;
    assert_eq!(delivery.event().unwrap().id.sequence, 2);

    // Another retention than the others have.
    let logs = EventStream::named("logs").unwrap();
    let logs = logs.with_retention(EventRetention::UntilAllGroupsAcknowledge);
    publisher_to(&server, "bot", logs).await;
}
