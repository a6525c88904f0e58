use crate::{
    gateway::Connection,
    harness::{Harness, harness_with, sequence},
};
use gloaming_cluster::{ClusterBuilder, HealthReasonKind, ShardInfo};
use gloaming_shard::Delivery;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

async fn started(change: impl FnOnce(ClusterBuilder) -> ClusterBuilder) -> (Harness, Connection) {
    let mut harness = harness_with(1, change).await;
    let connection = harness.start_ready().await.remove(0);
    harness.take_until_ready().await;
    harness.take_present();
    (harness, connection)
}

fn info(harness: &Harness) -> ShardInfo {
    harness.cluster.info()[&0].clone()
}

/// Takes the next event, which the handler is going to acknowledge.
async fn event(harness: &mut Harness) -> Delivery {
    loop {
        let (_, delivery) = harness.items.next_delivery().await.unwrap();
        if sequence(delivery.get()).is_some() {
            return delivery;
        }
        delivery.ack();
    }
}

/// The times of frames are exact to the microsecond.
#[track_caller]
fn assert_age(harness: &Harness, minutes: u32) {
    let age = info(harness).unacknowledged_for().unwrap();
    let difference = age.abs_diff(minutes * MINUTE);
    assert!(difference < Duration::from_millis(100), "{age:?}");
}

#[tokio::test(start_paused = true)]
async fn age_is_that_of_the_oldest_event_that_a_handler_has() {
    let (mut harness, mut connection) = started(|it| it).await;
    assert_eq!(info(&harness).unacknowledged_for(), None);
    connection.events([2]).await;
    let first = event(&mut harness).await;
    connection.attend(MINUTE).await;
    assert_age(&harness, 1);
    connection.events([3]).await;
    let second = event(&mut harness).await;
    connection.attend(2 * MINUTE).await;
    assert_age(&harness, 3);
    assert_eq!(info(&harness).unacknowledged_events(), 2);
    first.ack();
    assert_age(&harness, 2);
    second.ack();
    assert_eq!(info(&harness).unacknowledged_for(), None);
    assert_eq!(info(&harness).unacknowledged_events(), 0);
}

#[tokio::test(start_paused = true)]
async fn event_that_is_taken_without_a_delivery_has_an_age_until_the_consumer_is_back() {
    let (mut harness, mut connection) = started(|it| it).await;
    connection.events([2]).await;
    assert_eq!(harness.next_event().await, (0, 2));
    connection.attend(MINUTE).await;
    assert_age(&harness, 1);
    harness.take_present();
    assert_eq!(info(&harness).unacknowledged_for(), None);
}

/// The time of an event in a full buffer does not count.
#[tokio::test(start_paused = true)]
async fn age_does_not_include_the_wait_in_a_full_buffer() {
    let (mut harness, mut connection) = started(|it| it.buffer(4)).await;
    connection.events(2..=9).await;
    connection.attend(5 * MINUTE).await;
    let first = event(&mut harness).await;
    connection.attend(MINUTE).await;
    assert_age(&harness, 1);
    first.ack();
}

#[tokio::test(start_paused = true)]
async fn dropped_delivery_has_no_age() {
    let (mut harness, mut connection) = started(|it| it).await;
    connection.events([2]).await;
    drop(event(&mut harness).await);
    connection.attend(MINUTE).await;
    assert_eq!(info(&harness).unacknowledged_for(), None);
    assert_eq!(info(&harness).unacknowledged_events(), 1);
}

#[tokio::test(start_paused = true)]
async fn cluster_is_not_ready_after_the_time_that_the_policy_allows() {
    let mut policy = gloaming_cluster::HealthPolicy::default();
    policy.max_unacknowledged = Some(MINUTE);
    let (mut harness, mut connection) = started(|it| it.health_policy(policy)).await;
    connection.events([2]).await;
    let delivery = event(&mut harness).await;
    connection.attend(MINUTE / 2).await;
    assert!(harness.cluster.health().readiness().is_ready());
    connection.attend(MINUTE).await;
    let health = harness.cluster.health();
    let reason = health.readiness().reason().unwrap();
    assert_eq!(reason.kind(), HealthReasonKind::Unacknowledged);
    let sentence = health.to_string();
    assert!(
        sentence.ends_with("the consumer has had an event for 90 s"),
        "{sentence}"
    );
    delivery.ack();
    assert!(harness.cluster.health().readiness().is_ready());
}
