use crate::harness::{Harness, harness, harness_with, sequence};
use gloaming_cluster::{ExitReason, Health, StartOutcome, StopOutcome};
use gloaming_shard::Item;

fn health(harness: &Harness, shard: u32) -> Health {
    harness.cluster.info()[&shard].health()
}

async fn wait_for(harness: &Harness, shard: u32, expected: Health) {
    while health(harness, shard) != expected {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn stopped_shard_keeps_its_session_and_resumes() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    connections[0].events(2..=4).await;
    while harness.next_event().await != (0, 4) {}
    let shard = harness.cluster.shard(0).unwrap().clone();
    assert_eq!(shard.stop(), StopOutcome::Stopping);
    assert_eq!(shard.stop(), StopOutcome::NotRunning);
    assert_eq!(connections[0].left().await, Some(4000));
    wait_for(&harness, 0, Health::Stopped).await;
    assert_eq!(harness.cluster.acknowledged_sessions()[&0].sequence(), 3);
    // The other goes on.
    connections[1].events([2]).await;
    assert_eq!(harness.next_event().await, (1, 2));

    assert_eq!(shard.start(), StartOutcome::Started);
    let mut connection = harness.gateways[0].resuming(4).await;
    connection.events([5]).await;
    assert_eq!(harness.next_event().await, (0, 5));
}

#[tokio::test(start_paused = true)]
async fn restart_reconnects_and_loses_nothing() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    connections[0].events(2..=3).await;
    while harness.cluster.info()[&0].seq() < 3 {
        tokio::task::yield_now().await;
    }
    let shard = harness.cluster.shard(0).unwrap().clone();
    let restart = tokio::spawn(async move { shard.restart().await });
    connections[0].left().await;
    let mut connection = harness.gateways[0].resuming(3).await;
    assert_eq!(restart.await.unwrap(), StopOutcome::Stopping);
    connection.events([4]).await;
    for expected in 2..=4 {
        assert_eq!(harness.next_event().await, (0, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn shard_that_is_started_while_it_stops_goes_on() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    let shard = harness.cluster.shard(0).unwrap().clone();
    assert_eq!(shard.stop(), StopOutcome::Stopping);
    // The request to close is on its way by then.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(shard.start(), StartOutcome::Started);
    connections[0].left().await;
    harness.gateways[0].resuming(1).await;
}

#[tokio::test(start_paused = true)]
async fn stopped_shard_can_be_closed_for_good() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    connections[0].events([2]).await;
    while harness.cluster.info()[&0].seq() < 2 {
        tokio::task::yield_now().await;
    }
    let shard = harness.cluster.shard(0).unwrap().clone();
    shard.stop();
    connections[0].left().await;
    wait_for(&harness, 0, Health::Stopped).await;
    let sessions = harness.cluster.down_resumable().await;
    assert_eq!(sessions[&0].sequence(), 1);
    wait_for(&harness, 0, Health::Exited(ExitReason::Closed)).await;
    assert_eq!(shard.start(), StartOutcome::AlreadyStarted);
    assert_eq!(shard.stop(), StopOutcome::NotRunning);
    let rest = harness.remaining().await;
    assert!(rest.iter().all(|(_, item)| sequence(item).is_none()));
    assert!(rest.iter().any(|(_, item)| matches!(item, Item::Event(_))));
}

#[tokio::test(start_paused = true)]
async fn shard_that_was_not_started_does_not_stop() {
    let harness = harness(1).await;
    let shard = harness.cluster.shard(0).unwrap();
    assert_eq!(shard.stop(), StopOutcome::NotRunning);
    assert_eq!(shard.restart().await, StopOutcome::NotRunning);
    assert_eq!(health(&harness, 0), Health::NotStarted);
    assert_eq!(shard.start(), StartOutcome::Started);
}

/// The shard has closed its connection, but its last items wait until the consumer takes some.
#[tokio::test(start_paused = true)]
async fn shard_that_stops_or_starts_again_has_not_exited() {
    let mut waited = 0;
    for events in 1..8 {
        let mut harness = harness_with(1, |cluster| cluster.buffer(8)).await;
        let mut connections = harness.start_ready().await;
        harness.take_until_ready().await;
        let shard = harness.cluster.shard(0).unwrap().clone();
        connections[0].events(2..=1 + events).await;
        let is_filled = |harness: &Harness| {
            let info = &harness.cluster.info()[&0];
            info.seq() > events || info.health() == Health::BufferFull
        };
        while !is_filled(&harness) {
            tokio::task::yield_now().await;
        }
        shard.stop();
        connections[0].left().await;
        for _ in 0..200 {
            let health = health(&harness, 0);
            assert!(!matches!(health, Health::Exited(_)), "{events} events");
            tokio::task::yield_now().await;
        }
        let info = &harness.cluster.info()[&0];
        waited += u64::from(info.state().is_closed() && info.buffered_items() == 8);

        shard.start();
        let mut gateway = harness.gateways.remove(0);
        let again = tokio::spawn(async move { gateway.greet().await });
        for _ in 0..200 {
            let health = health(&harness, 0);
            assert!(!matches!(health, Health::Exited(_)), "{events} events");
            harness.take_present();
            tokio::task::yield_now().await;
        }
        again.await.unwrap().expect(6).await;
    }
    assert!(waited > 0, "for some of them, the last item waits");
}
