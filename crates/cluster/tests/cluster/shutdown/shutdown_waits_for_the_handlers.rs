use crate::harness::{Harness, harness, sequence};
use gloaming_cluster::{Cluster, ShutdownEnd, ShutdownMode, ShutdownReport};
use gloaming_shard::Delivery;
use std::time::Duration;
use tokio::{task::JoinHandle, time::sleep};

const DEADLINE: Duration = Duration::from_secs(60);

fn shutdown(cluster: &Cluster, mode: ShutdownMode) -> JoinHandle<ShutdownReport> {
    let cluster = cluster.clone();
    tokio::spawn(async move { cluster.shutdown(mode, DEADLINE).await })
}

/// A cluster that has received events 2 to 5, and has handed out 2 to 4.
async fn handing_out() -> (Harness, Vec<Delivery>) {
    let mut harness = harness(1).await;
    let mut connection = harness.start_ready().await.remove(0);
    connection.events(2..=5).await;
    let mut deliveries = Vec::new();
    while deliveries.len() < 3 {
        let (_, delivery) = harness.items.next_delivery().await.unwrap();
        match sequence(delivery.get()) {
            Some(_) => deliveries.push(delivery),
            None => delivery.ack(),
        }
    }
    while harness.cluster.info()[&0].seq() < 5 {
        tokio::task::yield_now().await;
    }
    tokio::spawn(async move { while connection.next().await != crate::gateway::Action::Left {} });
    (harness, deliveries)
}

#[tokio::test(start_paused = true)]
async fn resumable_shutdown_is_as_of_the_last_handler() {
    let (mut harness, deliveries) = handing_out().await;
    let report = shutdown(&harness.cluster, ShutdownMode::Resumable);
    for delivery in deliveries {
        sleep(Duration::from_secs(10)).await;
        assert!(!report.is_finished());
        delivery.ack();
    }
    let report = report.await.unwrap();
    assert_eq!(report.end, ShutdownEnd::Finished);
    assert_eq!(
        (report.unacknowledged, report.sessions[&0].sequence()),
        (0, 4)
    );
    assert!(report.to_string().starts_with("all handlers have finished"));
    let rest = harness.remaining().await;
    assert!(rest.iter().all(|(_, item)| sequence(item).is_none()));
}

#[tokio::test(start_paused = true)]
async fn deadline_leaves_unfinished_events_to_the_next_process() {
    let (harness, mut deliveries) = handing_out().await;
    let report = shutdown(&harness.cluster, ShutdownMode::Resumable);
    deliveries.remove(0).ack();
    deliveries.remove(1).ack();
    let report = report.await.unwrap();
    assert_eq!(report.end, ShutdownEnd::Deadline);
    assert_eq!(
        (report.unacknowledged, report.sessions[&0].sequence()),
        (1, 2)
    );
    assert!(
        report
            .to_string()
            .starts_with("the deadline was reached: 1 events")
    );
}

#[tokio::test(start_paused = true)]
async fn dropped_events_are_not_waited_for() {
    let (harness, mut deliveries) = handing_out().await;
    drop(deliveries.remove(0));
    for delivery in deliveries {
        delivery.ack();
    }
    let report = shutdown(&harness.cluster, ShutdownMode::Resumable)
        .await
        .unwrap();
    assert_eq!(report.end, ShutdownEnd::Finished);
    assert_eq!(
        (report.unacknowledged, report.sessions[&0].sequence()),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn final_shutdown_waits_until_everything_is_handled() {
    let (mut harness, deliveries) = handing_out().await;
    let report = shutdown(&harness.cluster, ShutdownMode::Final);
    let taking = tokio::spawn(async move {
        let mut events = Vec::new();
        while let Some((_, delivery)) = harness.items.next_delivery().await {
            sleep(Duration::from_secs(5)).await;
            events.extend(sequence(delivery.get()));
            delivery.ack();
        }
        events
    });
    for delivery in deliveries {
        delivery.ack();
    }
    let report = report.await.unwrap();
    assert_eq!(report.end, ShutdownEnd::Finished);
    assert_eq!((report.unacknowledged, report.buffered), (0, 0));
    assert!(report.sessions.is_empty());
    assert_eq!(taking.await.unwrap(), [5]);
}
