use crate::{
    gateway::{SESSION, ready},
    harness::{Harness, emulator, harness, harness_with},
};
use gloaming_cluster::{Cluster, ExitReason, Health, ShardScheme, StartOutcome};
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::Intents;
use gloaming_shard::{Item, Lifecycle, error::ReceiveMessageErrorKind};
use std::time::Duration;
use tokio::time::sleep;

/// Over sockets and with the default queue, which permits one identify per 5 s.
#[tokio::test]
async fn wrong_token_costs_one_identify() {
    let emulator = emulator::emulator(3, |emulator| emulator.max_concurrency(1)).await;
    let wrong = DEFAULT_TOKEN.replace('a', "b");
    let (cluster, mut events) = Cluster::builder(wrong, Intents::GUILDS)
        .gateway_url(emulator.url())
        .shard_scheme(ShardScheme::try_from((.., 3)).expect("the scheme is valid"))
        .build()
        .await
        .expect("the configuration is valid");
    cluster.up().await;
    emulator::in_time("the end", async { while events.next().await.is_some() {} }).await;
    let (_, error) = events.fatal_error().expect("Discord refused the bot");
    let kind = error.kind();
    assert!(
        matches!(kind, ReceiveMessageErrorKind::Refused(code) if code.number() == 4004),
        "{kind:?}"
    );
    assert_eq!(emulator.stats().identifies, 1);
}

async fn refuse_first(harness: &mut Harness, code: u16) {
    harness.cluster.up().await;
    let mut refused = harness.gateways[0].greet().await;
    refused.expect(2).await;
    refused.close(code).await;
}

#[tokio::test(start_paused = true)]
async fn shards_without_a_session_stop_in_every_phase() {
    for code in [4004, 4010, 4011, 4012, 4013, 4014] {
        let mut harness = harness(3).await;
        harness.cluster.up().await;
        let mut identifying = harness.gateways[1].greet().await;
        identifying.expect(2).await;
        // The third is connecting.
        refuse_first(&mut harness, code).await;
        harness.remaining().await;
        let info = harness.cluster.info();
        let refused = Health::Exited(ExitReason::FatallyClosed);
        let stopped = Health::Exited(ExitReason::PeerRefused);
        let health: Vec<_> = info.values().map(|shard| shard.health()).collect();
        assert_eq!(health, [refused, stopped, stopped], "{code}");
    }
}

/// The task of a shard whose last item has no room in the buffer is still alive.
#[tokio::test(start_paused = true)]
async fn peers_do_not_wait_for_the_consumer() {
    let mut waited = 0;
    for room in 1..10 {
        let mut harness = harness_with(2, |cluster| cluster.buffer(room)).await;
        harness.cluster.up().await;
        let connection = harness.gateways[0].greet().await;
        connection.close(4014).await;
        sleep(Duration::from_secs(60)).await;
        let info = harness.cluster.info();
        if info[&0].state().is_fatally_closed() {
            assert!(info[&1].state().is_closed(), "buffer of {room}");
            waited += u32::from(info[&0].buffered_items() >= room as u64);
        }
    }
    assert!(waited > 0, "for some buffer size, the last item waits");
}

#[tokio::test(start_paused = true)]
async fn shard_that_was_not_started_never_starts() {
    let mut harness = harness(2).await;
    let [first, second] = [0, 1].map(|shard| harness.cluster.shard(shard).unwrap().clone());
    first.start();
    let mut refused = harness.gateways[0].greet().await;
    refused.expect(2).await;
    refused.close(4014).await;
    harness.remaining().await;
    assert_eq!(second.start(), StartOutcome::Closed);
    let info = harness.cluster.info();
    assert_eq!(info[&1].health(), Health::Exited(ExitReason::PeerRefused));
}

#[tokio::test(start_paused = true)]
async fn refusal_of_a_shard_that_was_stopped_before_concerns_its_peers() {
    let mut harness = harness(2).await;
    let [first, second] = [0, 1].map(|shard| harness.cluster.shard(shard).unwrap().clone());
    first.start();
    let mut connection = harness.gateways[0].greet().await;
    connection.expect(2).await;
    connection.send(&ready(SESSION, 1)).await;
    harness.take_until_ready().await;
    first.stop();
    assert_eq!(connection.left().await, Some(4000));
    while first.info().unwrap().health() != Health::Stopped {
        tokio::task::yield_now().await;
    }
    first.start();
    let refused = harness.gateways[0].resuming(1).await;
    refused.close(4014).await;
    harness.remaining().await;
    assert_eq!(second.start(), StartOutcome::Closed);
    let info = harness.cluster.info();
    assert_eq!(info[&1].health(), Health::Exited(ExitReason::PeerRefused));
}

#[tokio::test(start_paused = true)]
async fn shard_with_a_session_resumes_but_does_not_identify() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    connections[0].close(4004).await;
    harness
        .take_until(|_, item| {
            matches!(item, Item::Failure(error) if error.is_fatal()).then_some(())
        })
        .await;
    connections[1].events([2]).await;
    assert_eq!(harness.next_event().await, (1, 2), "it goes on");

    connections[1].close(4000).await;
    let mut resumed = harness.gateways[1].greet().await;
    resumed.expect(6).await;
    resumed.send(r#"{"op":9,"d":false}"#).await;
    let remaining = harness.remaining().await;
    let is_gap = |(shard, item): &(u32, Item)| {
        *shard == 1 && matches!(item, Item::Lifecycle(Lifecycle::Gap { .. }))
    };
    assert!(remaining.iter().any(is_gap), "the loss is reported");
    let identifies =
        |(_, item): &(u32, Item)| matches!(item, Item::Lifecycle(Lifecycle::Identifying));
    assert!(!remaining.iter().any(identifies));
    let info = harness.cluster.info();
    assert_eq!(info[&1].health(), Health::Exited(ExitReason::PeerRefused));
}

#[tokio::test(start_paused = true)]
async fn other_fatal_errors_concern_one_shard() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    connections[0].close(4009).await;
    connections[1].events([2]).await;
    assert_eq!(harness.next_event().await, (1, 2));
    let mut again = harness.gateways[0].greet().await;
    again.expect(2).await;
}
