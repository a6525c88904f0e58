use crate::{
    gateway::{SESSION, ready, resumed},
    harness::{Harness, harness, harness_with, sequence},
};
use futures_util::FutureExt as _;
use gloaming_cluster::Cluster;
use gloaming_shard::{Delivery, Item};
use std::num::NonZeroUsize;

/// The sequence of the session of a shard that the next process would resume.
fn acknowledged(cluster: &Cluster, shard: u32) -> Option<u64> {
    Some(cluster.acknowledged_sessions().get(&shard)?.sequence())
}

/// Takes events as deliveries, other items as usual.
async fn deliveries(harness: &mut Harness, count: usize) -> Vec<(u32, u64, Delivery)> {
    let mut events = Vec::new();
    while events.len() < count {
        let (id, delivery) = harness.items.next_delivery().await.unwrap();
        match sequence(delivery.get()) {
            Some(sequence) => events.push((id.number(), sequence, delivery)),
            None => delivery.ack(),
        }
    }
    events
}

async fn settled() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn event_counts_as_handled_when_the_consumer_comes_back() {
    let mut harness = harness(1).await;
    let mut connection = harness.start_ready().await.remove(0);
    connection.events(2..=4).await;
    assert_eq!(acknowledged(&harness.cluster, 0), None);
    for (event, before) in [(2, 1), (3, 2), (4, 3)] {
        assert_eq!(harness.next_event().await, (0, event));
        assert_eq!(acknowledged(&harness.cluster, 0), Some(before));
    }
    assert!(harness.items.next().now_or_never().is_none());
    assert_eq!(acknowledged(&harness.cluster, 0), Some(4));
}

#[tokio::test(start_paused = true)]
async fn handlers_may_finish_in_any_order() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    for connection in &mut connections {
        connection.events(2..=5).await;
    }
    let mut events = deliveries(&mut harness, 8).await;
    events.sort_by_key(|(shard, sequence, _)| (*shard, *sequence));
    let mut events = events.into_iter().map(|(shard, sequence, delivery)| {
        let key = delivery.key().unwrap();
        assert_eq!((key.session_id(), key.sequence()), (SESSION, sequence));
        assert_eq!(key.to_string(), format!("{SESSION}:{sequence}"));
        (shard, delivery)
    });
    let mut first: Vec<_> = events.by_ref().take(4).collect();
    for (nth, session) in [(3, 1), (1, 1), (0, 3), (0, 5)] {
        assert_eq!(first[0].0, 0);
        first.remove(nth).1.ack();
        assert_eq!(acknowledged(&harness.cluster, 0), Some(session));
    }
    assert_eq!(acknowledged(&harness.cluster, 1), Some(1));
}

#[tokio::test(start_paused = true)]
async fn dropped_delivery_is_delivered_again_by_the_next_process() {
    let mut first = harness(1).await;
    let mut connection = first.start_ready().await.remove(0);
    connection.events(2..=4).await;
    for (_, sequence, delivery) in deliveries(&mut first, 3).await {
        match sequence {
            3 => drop(delivery),
            _ => delivery.ack(),
        }
    }
    // As after a crash: nothing is closed in order.
    let sessions = first.cluster.acknowledged_sessions();
    drop(first);

    let mut second = harness_with(1, |cluster| cluster.resume_sessions(sessions)).await;
    second.cluster.up().await;
    let mut connection = second.gateways[0].resuming(2).await;
    connection.events(3..=4).await;
    connection.send(&resumed(5)).await;
    for expected in 3..=4 {
        assert_eq!(second.next_event().await, (0, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn shard_with_too_many_unacknowledged_events_waits_and_the_others_do_not() {
    let two = NonZeroUsize::new(2).unwrap();
    let mut harness = harness_with(2, |cluster| cluster.max_unacknowledged(two)).await;
    assert_eq!(harness.cluster.config().max_unacknowledged(), two);
    let mut connections = harness.start_ready().await;
    for connection in &mut connections {
        connection.events(2..=5).await;
    }
    let mut events = deliveries(&mut harness, 4).await;
    settled().await;
    assert!(harness.items.next_delivery().now_or_never().is_none());
    events.sort_by_key(|(shard, sequence, _)| (*shard, *sequence));
    let taken: Vec<_> = events.iter().map(|event| (event.0, event.1)).collect();
    assert_eq!(taken, [(0, 2), (0, 3), (1, 2), (1, 3)]);

    let (_, _, delivery) = events.pop().unwrap();
    let waiting = tokio::spawn(async move {
        let next = deliveries(&mut harness, 1).await;
        (harness, next)
    });
    settled().await;
    assert!(!waiting.is_finished());
    delivery.ack();
    let (mut harness, next) = waiting.await.unwrap();
    assert_eq!((next[0].0, next[0].1), (1, 4));
    assert!(harness.items.next_delivery().now_or_never().is_none());
}

#[tokio::test(start_paused = true)]
async fn stream_ends_although_all_deliveries_were_dropped() {
    let mut harness =
        harness_with(1, |cluster| cluster.max_unacknowledged(NonZeroUsize::MIN)).await;
    let mut connection = harness.start_ready().await.remove(0);
    connection.events(2..=4).await;
    drop(deliveries(&mut harness, 1).await);
    settled().await;
    assert!(harness.items.next_delivery().now_or_never().is_none());
    let cluster = harness.cluster.clone();
    let rest = tokio::spawn(async move { harness.remaining().await });
    settled().await;
    let sessions = cluster.down_resumable().await;
    assert_eq!(sessions[&0].sequence(), 1);
    // They can be delivered once the shard has stopped, as there is no more to come.
    let rest = rest.await.unwrap();
    let events: Vec<_> = rest.iter().filter_map(|(_, item)| sequence(item)).collect();
    assert!(events.is_empty() || events == [3, 4], "{events:?}");
    assert_eq!(cluster.down_resumable().await[&0].sequence(), 1);
}

#[tokio::test(start_paused = true)]
async fn handlers_may_finish_while_the_cluster_closes() {
    let mut harness = harness(1).await;
    let mut connection = harness.start_ready().await.remove(0);
    connection.events(2..=5).await;
    let mut events = deliveries(&mut harness, 3).await;
    assert_eq!(harness.cluster.down_resumable().await[&0].sequence(), 1);
    events.remove(0).2.ack();
    assert_eq!(harness.cluster.down_resumable().await[&0].sequence(), 2);
    for (_, _, delivery) in events {
        delivery.ack();
    }
    assert_eq!(
        harness.cluster.down_resumable().await[&0].sequence(),
        4,
        "event 5 is withheld"
    );
}

#[tokio::test(start_paused = true)]
async fn typed_events_are_acknowledged_as_well() {
    let Harness {
        cluster,
        items,
        mut gateways,
        ..
    } = harness(1).await;
    let mut events = items.into_events();
    cluster.up().await;
    let mut connection = gateways[0].greet().await;
    connection.expect(2).await;
    connection.send(&ready(SESSION, 1)).await;
    connection.events(2..=3).await;
    let mut held = Vec::new();
    while held.len() < 2 {
        let (_, delivery) = events.next_delivery().await.unwrap();
        let (event, acknowledgement) = delivery.into_parts();
        match sequence(&Item::Event(event)) {
            Some(_) => held.push(acknowledgement),
            None => acknowledgement.ack(),
        }
    }
    assert_eq!(acknowledged(&cluster, 0), Some(1));
    held.remove(0).ack();
    assert_eq!(acknowledged(&cluster, 0), Some(2));
}
