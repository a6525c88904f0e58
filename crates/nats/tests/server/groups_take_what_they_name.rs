use crate::harness::{event, publish, publisher, publisher_to, taken, worker};
use gloaming_nats::{EventRetention, EventStream, NatsErrorKind, Worker, WorkerConfig};
use gloaming_test_support::nats::NatsServer;

#[tokio::test]
async fn events_go_to_the_group_of_their_name_and_shard() {
    let server = NatsServer::start();
    let events = publisher(&server, "bot").await;
    for (shard, name, sequence) in [(0, "A", 1), (0, "B", 2), (1, "A", 3), (1, "A", 4)] {
        publish(&events, &event(shard, name, sequence)).await;
    }
    let group = |name: &str| WorkerConfig::new(name).unwrap().with_events(["A"]);
    let mut of_zero = worker(&server, "bot", group("zero").with_shards([0])).await;
    let mut of_one = worker(&server, "bot", group("one").with_shards([1])).await;
    assert_eq!(taken(&mut of_zero).await.event().unwrap().id.sequence, 1);
    for sequence in [3, 4] {
        assert_eq!(
            taken(&mut of_one).await.event().unwrap().id.sequence,
            sequence
        );
    }
    // Each event of this stream is for one group.
    let all = WorkerConfig::new("all").unwrap();
    let mut all = worker(&server, "bot", all).await;
    let error = all.next().await.unwrap_err();
    assert_eq!(error.kind(), NatsErrorKind::Failed, "{error}");
}

#[tokio::test]
async fn each_group_gets_an_event_if_the_stream_is_for_all() {
    let server = NatsServer::start();
    let stream = EventStream::new().with_retention(EventRetention::UntilAllGroupsAcknowledge);
    let events = publisher_to(&server, "bot", stream).await;
    let mut workers = Vec::new();
    for name in ["one", "two"] {
        let group = WorkerConfig::new(name).unwrap();
        let mut worker = worker(&server, "bot", group).await;
        create_group(&mut worker).await;
        workers.push(worker);
    }
    publish(&events, &event(0, "A", 1)).await;
    for mut worker in workers {
        let delivery = taken(&mut worker).await;
        assert_eq!(delivery.event().unwrap().id.sequence, 1);
        delivery.acknowledge().await.unwrap();
    }
}

/// A group exists from the first time on that a worker of it asks for an event.
async fn create_group(worker: &mut Worker) {
    let asked = std::time::Duration::from_secs(2);
    let nothing = tokio::time::timeout(asked, worker.next()).await;
    assert!(nothing.is_err(), "there is no event yet");
}
