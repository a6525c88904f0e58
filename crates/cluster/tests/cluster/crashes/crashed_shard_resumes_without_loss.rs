use crate::{
    gateway::{SESSION, in_time, resumed},
    harness::{Harness, harness, harness_with, sequence},
};
use gloaming_shard::{CommandOutcome, Crash, Item};
use std::time::Duration;
use tokio::time::sleep;

async fn next_crash(harness: &mut Harness) -> (u32, Crash) {
    harness
        .take_until(|shard, item| match item {
            Item::Crash(crash) => Some((shard, crash.clone())),
            _ => None,
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn crash_resumes_the_session_while_other_shards_run_on() {
    let mut harness = harness(3).await;
    let mut connections = harness.start_ready().await;
    connections[1].events(2..=4).await;
    for expected in 2..=4 {
        assert_eq!(harness.next_event().await, (1, expected));
    }

    harness.panic_switches[1].panic_when_reading(true);
    connections[1].events([5]).await;
    let (shard, crash) = next_crash(&mut harness).await;
    assert_eq!((shard, crash.count()), (1, 1));
    assert!(crash.reason().contains("the transport's bug"), "{crash}");
    assert!(crash.restart_delay().is_some());
    harness.panic_switches[1].panic_when_reading(false);

    connections[0].events([2]).await;
    connections[2].events([2]).await;
    let mut others = [harness.next_event().await, harness.next_event().await];
    others.sort_unstable();
    assert_eq!(others, [(0, 2), (2, 2)]);

    // It does not identify: it resumes after the last event that it had sent to the buffer.
    let mut connection = harness.gateways[1].resuming(4).await;
    connection.events(5..=6).await;
    connection.send(&resumed(7)).await;
    assert_eq!(harness.next_event().await, (1, 5));
    assert_eq!(harness.next_event().await, (1, 6));

    let info = &harness.cluster.info()[&1];
    assert_eq!((info.crashes(), info.session_id()), (1, Some(SESSION)));
    assert!(
        info.last_crash()
            .is_some_and(|reason| reason.contains("the transport's bug"))
    );
    assert_eq!(harness.cluster.info()[&0].crashes(), 0);
}

#[tokio::test(start_paused = true)]
async fn crash_right_after_an_event_keeps_it() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.panic_switches[0].panic_after_frames(3);
    // All at once, so that the task does not rest between them.
    connections[0].events(2..=9).await;
    for expected in 2..=4 {
        assert_eq!(harness.next_event().await, (0, expected));
    }
    next_crash(&mut harness).await;
    harness.panic_switches[0].panic_when_reading(false);
    let mut connection = harness.gateways[0].resuming(4).await;
    connection.events([5]).await;
    connection.send(&resumed(6)).await;
    assert_eq!(harness.next_event().await, (0, 5));
}

#[tokio::test(start_paused = true)]
async fn crash_keeps_the_buffered_items() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    connections[0].events(2..=9).await;
    // No items are taken until the shard has read all events.
    while harness.cluster.info()[&0].seq() < 9 {
        tokio::task::yield_now().await;
    }
    harness.panic_switches[0].panic_when_reading(true);
    connections[0].events([10]).await;
    while harness.cluster.info()[&0].crashes() == 0 {
        tokio::task::yield_now().await;
    }
    harness.panic_switches[0].panic_when_reading(false);
    let mut connection = harness.gateways[0].resuming(9).await;
    connection.events([10]).await;
    connection.send(&resumed(11)).await;
    for expected in 2..=9 {
        assert_eq!(harness.next_event().await, (0, expected));
    }
    next_crash(&mut harness).await;
    assert_eq!(harness.next_event().await, (0, 10));
}

#[tokio::test(start_paused = true)]
async fn crash_resumes_after_filtered_events() {
    let mut harness = harness_with(1, |cluster| {
        cluster.event_types(gloaming_protocol::EventTypeFlags::READY)
    })
    .await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].events(2..=50).await;
    while harness.cluster.info()[&0].seq() < 50 {
        sleep(Duration::from_millis(1)).await;
    }
    harness.panic_switches[0].panic_when_reading(true);
    connections[0].events([51]).await;
    next_crash(&mut harness).await;
    harness.panic_switches[0].panic_when_reading(false);
    harness.gateways[0].resuming(50).await;
}

#[tokio::test(start_paused = true)]
async fn crash_restarts_the_shard_while_its_buffer_is_full() {
    let mut harness = harness_with(1, |cluster| cluster.buffer(8)).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].events(2..=30).await;
    // The buffer is full. The next heartbeat makes the task panic.
    sleep(Duration::from_secs(1)).await;
    harness.panic_switches[0].panic_when_writing(true);
    in_time("a crash", async {
        while harness.cluster.info()[&0].crashes() == 0 {
            sleep(Duration::from_secs(1)).await;
        }
    })
    .await;
    harness.panic_switches[0].panic_when_writing(false);
    let attempt = harness.gateways[0].attempt().await;
    let mut connection = harness.gateways[0].take(attempt);

    let gateway = async {
        connection.hello().await;
        let resume = connection.expect(6).await;
        let after = resume["seq"]
            .as_u64()
            .expect("RESUME has a sequence number");
        connection.events(after + 1..=30).await;
        connection.send(&resumed(31)).await;
    };
    let mut taken = Vec::new();
    let consumer = async {
        while harness.items.next().await.is_some_and(|(_, item)| {
            taken.extend(sequence(&item));
            taken.last() != Some(&30)
        }) {}
    };
    in_time("the remaining events", async {
        tokio::join!(gateway, consumer)
    })
    .await;
    assert_eq!(taken, (2..=30).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn shard_handle_works_after_a_restart() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    let shard = harness
        .cluster
        .shard(0)
        .expect("the cluster has shard 0")
        .clone();
    let sender = shard.sender();
    harness.panic_switches[0].panic_when_reading(true);
    connections[0].events([2]).await;
    next_crash(&mut harness).await;
    harness.panic_switches[0].panic_when_reading(false);
    assert!(sender.is_closed());

    let mut connection = harness.gateways[0].resuming(1).await;
    connection.events([2]).await;
    connection.send(&resumed(3)).await;
    assert_eq!(harness.next_event().await, (0, 2));
    let json = r#"{"op":31,"d":{"guild_ids":["1"]}}"#;
    let sent = shard.sender().submit(json.to_owned()).unwrap();
    connection.expect(31).await;
    assert_eq!(sent.await, CommandOutcome::Sent);
}
