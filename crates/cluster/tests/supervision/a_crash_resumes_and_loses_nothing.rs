use crate::{
    gateway::{INTERVAL, SESSION, in_time, resumed},
    support::{Bench, bench, bench_with, sequence},
};
use gloaming_shard::{CommandOutcome, Crash, Item};
use std::time::Duration;
use tokio::time::sleep;

async fn crash(bench: &mut Bench) -> (u32, Crash) {
    bench
        .until(|shard, item| match item {
            Item::Crash(crash) => Some((shard, crash.clone())),
            _ => None,
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn while_the_others_go_on() {
    let mut bench = bench(3).await;
    let mut connections = bench.begin().await;
    connections[1].events(2..=4).await;
    for expected in 2..=4 {
        assert_eq!(bench.event().await, (1, expected));
    }

    bench.fuses[1].panic_when_reading(true);
    connections[1].events([5]).await;
    let (shard, crash) = crash(&mut bench).await;
    assert_eq!((shard, crash.count()), (1, 1));
    assert!(crash.reason().contains("the transport's bug"), "{crash}");
    assert!(crash.restart_delay().is_some());
    bench.fuses[1].panic_when_reading(false);

    connections[0].events([2]).await;
    connections[2].events([2]).await;
    let mut others = [bench.event().await, bench.event().await];
    others.sort_unstable();
    assert_eq!(others, [(0, 2), (2, 2)]);

    // No identify: it resumes after the last event that it had handed over.
    let mut connection = bench.gateways[1].resuming(4).await;
    connection.events(5..=6).await;
    connection.send(&resumed(7)).await;
    assert_eq!(bench.event().await, (1, 5));
    assert_eq!(bench.event().await, (1, 6));

    let info = &bench.cluster.info()[&1];
    assert_eq!((info.crashes(), info.session_id()), (1, Some(SESSION)));
    assert!(
        info.last_crash()
            .is_some_and(|reason| reason.contains("the transport's bug"))
    );
    assert_eq!(bench.cluster.info()[&0].crashes(), 0);
}

#[tokio::test(start_paused = true)]
async fn not_even_what_still_waits_in_the_buffer() {
    let mut bench = bench(1).await;
    let mut connections = bench.begin().await;
    connections[0].events(2..=9).await;
    // Nothing is taken until the shard has read them all.
    while bench.cluster.info()[&0].seq() < 9 {
        tokio::task::yield_now().await;
    }
    bench.fuses[0].panic_when_reading(true);
    connections[0].events([10]).await;
    while bench.cluster.info()[&0].crashes() == 0 {
        tokio::task::yield_now().await;
    }
    bench.fuses[0].panic_when_reading(false);
    let mut connection = bench.gateways[0].resuming(9).await;
    connection.events([10]).await;
    connection.send(&resumed(11)).await;
    for expected in 2..=9 {
        assert_eq!(bench.event().await, (0, expected));
    }
    crash(&mut bench).await;
    assert_eq!(bench.event().await, (0, 10));
}

#[tokio::test(start_paused = true)]
async fn nor_goes_back_over_what_nobody_wanted() {
    let mut bench = bench_with(
        1,
        |cluster| cluster.event_types(gloaming_protocol::EventTypeFlags::READY),
        |_, shard| shard,
    )
    .await;
    let mut connections = bench.begin().await;
    bench.ready().await;
    connections[0].events(2..=50).await;
    while bench.cluster.info()[&0].seq() < 50 {
        sleep(Duration::from_millis(1)).await;
    }
    bench.fuses[0].panic_when_reading(true);
    connections[0].events([51]).await;
    crash(&mut bench).await;
    bench.fuses[0].panic_when_reading(false);
    bench.gateways[0].resuming(50).await;
}

#[tokio::test(start_paused = true)]
async fn nor_waits_for_room_in_the_buffer() {
    let mut bench = bench_with(1, |cluster| cluster.buffer(8), |_, shard| shard).await;
    let mut connections = bench.begin().await;
    bench.ready().await;
    connections[0].events(2..=30).await;
    // The buffer is full, and the next heartbeat is the last.
    sleep(Duration::from_secs(1)).await;
    bench.fuses[0].panic_when_writing(true);
    sleep(INTERVAL).await;
    assert_eq!(bench.cluster.info()[&0].crashes(), 1);
    bench.fuses[0].panic_when_writing(false);
    let attempt = bench.gateways[0].attempt().await;
    let mut connection = bench.gateways[0].take(attempt);

    let gateway = async {
        connection.hello().await;
        let asked = connection.expect(6).await;
        let after = asked["seq"].as_u64().expect("it has a session");
        connection.events(after + 1..=30).await;
        connection.send(&resumed(31)).await;
    };
    let mut taken = Vec::new();
    let consumer = async {
        while bench.items.next().await.is_some_and(|(_, item)| {
            taken.extend(sequence(&item));
            taken.last() != Some(&30)
        }) {}
    };
    in_time("the rest", async { tokio::join!(gateway, consumer) }).await;
    assert_eq!(taken, (2..=30).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn and_handles_go_on_to_work() {
    let mut bench = bench(1).await;
    let mut connections = bench.begin().await;
    bench.ready().await;
    let shard = bench.cluster.shard(0).expect("there is one").clone();
    let sender = shard.sender();
    bench.fuses[0].panic_when_reading(true);
    connections[0].events([2]).await;
    crash(&mut bench).await;
    bench.fuses[0].panic_when_reading(false);
    assert!(sender.is_closed());

    let mut connection = bench.gateways[0].resuming(1).await;
    connection.events([2]).await;
    connection.send(&resumed(3)).await;
    assert_eq!(bench.event().await, (0, 2));
    let json = r#"{"op":31,"d":{"guild_ids":["1"]}}"#;
    let sent = shard.sender().submit(json.to_owned()).unwrap();
    connection.expect(31).await;
    assert_eq!(sent.await, CommandOutcome::Sent);
}
