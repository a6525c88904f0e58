use crate::{
    gateway::{INTERVAL, ready, resumed},
    support::{bench, bench_with},
};
use gloaming_cluster::{Health, Stage};
use gloaming_queue::InMemoryQueue;
use gloaming_shard::Item;
use std::time::Duration;
use tokio::time::sleep;

fn one_by_one() -> InMemoryQueue {
    let day = Duration::from_secs(86_400);
    InMemoryQueue::new(std::num::NonZeroU16::MIN, 1_000, day, 1_000)
}

#[tokio::test(start_paused = true)]
async fn a_place_in_the_queue_is_told() {
    let mut bench = bench_with(3, |cluster| cluster.queue(one_by_one()), |_, shard| shard).await;
    bench.cluster.up().await;
    let mut first = bench.gateways[0].greet().await;
    first.expect(2).await;
    let _second = bench.gateways[1].greet().await;
    sleep(Duration::from_millis(10)).await;
    let _third = bench.gateways[2].greet().await;
    sleep(Duration::from_millis(10)).await;
    let info = bench.cluster.info();
    assert_eq!(info[&0].health(), Health::Identifying);
    assert_eq!(info[&0].stage(), Stage::Identifying);
    let Health::AwaitingPermit(position) = info[&2].health() else {
        panic!("it waits for the other two: {:?}", info[&2]);
    };
    assert!(position.estimate > Duration::from_secs(9), "{position:?}");
    sleep(Duration::from_secs(3)).await;
    let Health::AwaitingPermit(later) = bench.cluster.info()[&2].health() else {
        panic!("it still waits");
    };
    assert!(later.estimate < position.estimate, "computed anew");
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_told_and_forgotten() {
    let mut bench = bench(1).await;
    let mut connections = bench.begin().await;
    bench.ready().await;
    // Takes items all along, so that the shard reads.
    let taking = async { while bench.items.next().await.is_some() {} };
    let connection = &mut connections[0];
    let cluster = bench.cluster.clone();
    let checking = async {
        let beat = connection.next_with_heartbeats().await;
        assert!(matches!(beat, crate::gateway::Act::Sent { op: 1, .. }));
        assert_eq!(cluster.info()[&0].health(), Health::Up, "not yet");
        sleep(Duration::from_secs(12)).await;
        let Health::Unacknowledged { since } = cluster.info()[&0].health() else {
            panic!("nobody answered: {:?}", cluster.info());
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
        let shard = cluster.shard(0).expect("there is one");
        assert_eq!(shard.latency().average(), info.latency().average());

        // The next one is answered in the same moment, and the one after it not at all.
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
        () = taking => panic!("it goes on"),
        () = checking => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_buffer_is_told_and_forgotten() {
    let mut bench = bench_with(1, |cluster| cluster.buffer(2), |_, shard| shard).await;
    let mut connections = bench.begin().await;
    bench.ready().await;
    connections[0].events(2..=20).await;
    sleep(Duration::from_secs(1)).await;
    let info = &bench.cluster.info()[&0];
    assert_eq!((info.health(), info.waiting_items()), (Health::HeldBack, 2));
    for expected in 2..=20 {
        assert_eq!(bench.event().await, (0, expected));
    }
    sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.cluster.info()[&0].health(), Health::Up);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_gateway_is_told() {
    let mut bench = bench(1).await;
    bench.cluster.up().await;
    for _ in 0..3 {
        drop(bench.gateways[0].attempt().await);
    }
    let attempt = bench.gateways[0].attempt().await;
    let health = bench.cluster.info()[&0].health();
    assert_eq!(health, Health::Connecting { failures: 3 });
    let mut connection = bench.gateways[0].take(attempt);
    connection.hello().await;
    connection.expect(2).await;
    connection.send(&ready("s", 1)).await;
    bench
        .until(|_, item| {
            matches!(item, Item::Event(gloaming_protocol::Event::Ready(_))).then_some(())
        })
        .await;
    assert_eq!(bench.cluster.info()[&0].health(), Health::Up);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_being_resumed_is_told() {
    let mut bench = bench(1).await;
    let connections = bench.begin().await;
    bench.ready().await;
    connections[0].close(4000).await;
    let mut connection = bench.gateways[0].resuming(1).await;
    let info = &bench.cluster.info()[&0];
    assert_eq!(
        (info.health(), info.stage()),
        (Health::Resuming, Stage::Resuming)
    );
    connection.send(&resumed(2)).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(bench.cluster.info()[&0].health(), Health::Up);
}

#[tokio::test(start_paused = true)]
async fn a_restart_to_come_is_told() {
    let mut bench = bench(1).await;
    bench.fuses[0].panic_when_connecting(true);
    bench.cluster.up().await;
    // The wait is drawn at random, and may be next to nothing.
    loop {
        let after = bench
            .until(|_, item| match item {
                Item::Crash(crash) => Some(crash.restart_delay()),
                _ => None,
            })
            .await;
        let Some(after) = after else {
            panic!("ten waits of next to nothing");
        };
        let info = &bench.cluster.info()[&0];
        assert_eq!(
            (info.health(), info.stage()),
            (Health::Restarting { after }, Stage::Disconnected)
        );
        if after > Duration::from_millis(100) {
            sleep(after / 2).await;
            let Health::Restarting { after: left } = bench.cluster.info()[&0].health() else {
                panic!("it is not over: {:?}", bench.cluster.info());
            };
            assert!(left < after && left > Duration::ZERO, "{left:?}");
            return;
        }
    }
}

#[test]
fn a_stage_has_the_name_that_it_had() {
    let stages = [
        Stage::Connected,
        Stage::Disconnected,
        Stage::Identifying,
        Stage::Resuming,
    ];
    for stage in stages {
        assert_eq!(stage.to_string(), format!("{stage:?}"));
    }
}
