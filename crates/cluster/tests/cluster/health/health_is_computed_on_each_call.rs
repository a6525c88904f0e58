use crate::{
    gateway::{INTERVAL, ready, resumed},
    harness::{harness, harness_with},
};
use gloaming_cluster::{Health, compat::Stage};
use gloaming_queue::InMemoryQueue;
use gloaming_shard::Item;
use std::time::Duration;
use tokio::time::sleep;

fn one_at_a_time() -> InMemoryQueue {
    let day = Duration::from_secs(86_400);
    InMemoryQueue::new(std::num::NonZeroU16::MIN, 1_000, day, 1_000)
}

#[tokio::test(start_paused = true)]
async fn queued_shard_reports_its_position() {
    let mut harness = harness_with(3, |cluster| cluster.queue(one_at_a_time())).await;
    harness.cluster.up().await;
    let mut first = harness.gateways[0].greet().await;
    first.expect(2).await;
    let _second = harness.gateways[1].greet().await;
    sleep(Duration::from_millis(10)).await;
    let _third = harness.gateways[2].greet().await;
    sleep(Duration::from_millis(10)).await;
    let info = harness.cluster.info();
    assert_eq!(info[&0].health(), Health::Identifying);
    assert_eq!(info[&0].stage(), Stage::Identifying);
    let Health::AwaitingPermit(position) = info[&2].health() else {
        panic!("it waits for two other shards: {:?}", info[&2]);
    };
    assert!(position.estimate > Duration::from_secs(9), "{position:?}");
    sleep(Duration::from_secs(3)).await;
    let Health::AwaitingPermit(later) = harness.cluster.info()[&2].health() else {
        panic!("it is still queued");
    };
    assert!(
        later.estimate < position.estimate,
        "the estimate is computed on each call"
    );
}

#[tokio::test(start_paused = true)]
async fn missing_ack_is_reported_until_the_ack_arrives() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    // Takes items throughout, so that the shard reads.
    let taking = async { while harness.items.next().await.is_some() {} };
    let connection = &mut connections[0];
    let cluster = harness.cluster.clone();
    let checking = async {
        let heartbeat = connection.next_with_heartbeats().await;
        assert!(matches!(
            heartbeat,
            crate::gateway::Action::Sent { op: 1, .. }
        ));
        assert_eq!(
            cluster.info()[&0].health(),
            Health::Up,
            "the ACK is not late yet"
        );
        sleep(Duration::from_secs(12)).await;
        let Health::Unacknowledged { since } = cluster.info()[&0].health() else {
            panic!("the heartbeat is not acknowledged: {:?}", cluster.info());
        };
        assert_eq!(since, Duration::from_secs(12));
        connection.acknowledge().await;
        sleep(Duration::from_millis(1)).await;
        let info = &cluster.info()[&0];
        assert_eq!(
            (info.health(), info.stage()),
            (Health::Up, Stage::Connected)
        );
        assert!(info.latency().average() >= Some(Duration::from_secs(12)));
        assert!(info.latency().average() < Some(INTERVAL));
        let shard = cluster.shard(0).expect("the cluster has shard 0");
        assert_eq!(shard.latency().average(), info.latency().average());

        // The next heartbeat is acknowledged at once, the one after it not at all.
        connection.next_with_heartbeats().await;
        connection.acknowledge().await;
        sleep(Duration::from_secs(12)).await;
        assert_eq!(cluster.info()[&0].health(), Health::Up);
        connection.next_with_heartbeats().await;
        sleep(Duration::from_secs(12)).await;
        let health = cluster.info()[&0].health();
        let since = Duration::from_secs(12);
        assert_eq!(health, Health::Unacknowledged { since });
    };
    tokio::select! {
        () = taking => panic!("the stream ended"),
        () = checking => {}
    }
}

#[tokio::test(start_paused = true)]
async fn full_buffer_is_reported_until_items_are_taken() {
    let mut harness = harness_with(1, |cluster| cluster.buffer(2)).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].events(2..=20).await;
    sleep(Duration::from_secs(1)).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!(
        (info.health(), info.buffered_items()),
        (Health::BufferFull, 2)
    );
    assert!(info.to_string().contains(", 2 items buffered"), "{info}");
    for expected in 2..=20 {
        assert_eq!(harness.next_event().await, (0, expected));
    }
    sleep(Duration::from_secs(1)).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!(info.health(), Health::Up);
    assert!(!info.to_string().contains("buffered"), "{info}");
}

#[tokio::test(start_paused = true)]
async fn failed_connections_are_counted_until_ready() {
    let mut harness = harness(1).await;
    harness.cluster.up().await;
    for _ in 0..3 {
        drop(harness.gateways[0].attempt().await);
    }
    let attempt = harness.gateways[0].attempt().await;
    let health = harness.cluster.info()[&0].health();
    assert_eq!(health, Health::Connecting { failures: 3 });
    let mut connection = harness.gateways[0].take(attempt);
    connection.hello().await;
    connection.expect(2).await;
    connection.send(&ready("s", 1)).await;
    harness
        .take_until(|_, item| {
            matches!(item, Item::Event(gloaming_protocol::Event::Ready(_))).then_some(())
        })
        .await;
    assert_eq!(harness.cluster.info()[&0].health(), Health::Up);
}

#[tokio::test(start_paused = true)]
async fn resuming_is_reported_until_resumed() {
    let mut harness = harness(1).await;
    let connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].close(4000).await;
    let mut connection = harness.gateways[0].resuming(1).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!(
        (info.health(), info.stage()),
        (Health::Resuming, Stage::Resuming)
    );
    connection.send(&resumed(2)).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(harness.cluster.info()[&0].health(), Health::Up);
}

#[tokio::test(start_paused = true)]
async fn pending_restart_is_reported_with_the_time_left() {
    let mut harness = harness(1).await;
    harness.panic_switches[0].panic_when_connecting(true);
    harness.cluster.up().await;
    // The delay is drawn at random, and may be next to zero.
    loop {
        let after = harness
            .take_until(|_, item| match item {
                Item::Crash(crash) => Some(crash.restart_delay()),
                _ => None,
            })
            .await;
        let Some(after) = after else {
            panic!("ten delays of next to zero");
        };
        let info = &harness.cluster.info()[&0];
        assert_eq!(
            (info.health(), info.stage()),
            (Health::Restarting { after }, Stage::Disconnected)
        );
        if after > Duration::from_millis(100) {
            sleep(after / 2).await;
            let Health::Restarting { after: left } = harness.cluster.info()[&0].health() else {
                panic!("the delay has not elapsed: {:?}", harness.cluster.info());
            };
            assert!(left < after && left > Duration::ZERO, "{left:?}");
            return;
        }
    }
}
