//! What a cluster says of its shards: since when, why, and what they wait for.

use crate::{
    gateway::{INTERVAL, resumed},
    harness::{harness, harness_with},
};
use gloaming_cluster::{Health, HealthPolicy, HealthReasonKind};
use gloaming_queue::InMemoryQueue;
use gloaming_shard::{
    Item,
    machine::DisconnectCause,
    transport::{ConnectError, ConnectErrorKind},
};
use gloaming_test_support::scenarios::now;
use std::time::Duration;
use tokio::time::sleep;

const SECOND: Duration = Duration::from_secs(1);

fn refusal() -> ConnectError {
    ConnectError::new(ConnectErrorKind::Handshake { status: 503 })
}

#[tokio::test(start_paused = true)]
async fn ages_are_since_the_start_of_what_they_are_of() {
    let mut harness = harness(1).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!((info.uptime(), info.down_for()), (None, None));
    assert_eq!(info.waits_for().as_deref(), Some("its start"));
    harness.cluster.up().await;
    sleep(3 * SECOND).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!(info.uptime(), Some(3 * SECOND));
    assert_eq!(info.down_for(), Some(3 * SECOND));
    assert!(!info.was_up());
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    sleep(10 * SECOND).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!(info.up_for(), Some(10 * SECOND));
    assert_eq!(info.session_age(), Some(10 * SECOND));
    assert_eq!(info.state_age(), Some(10 * SECOND));
    assert_eq!(info.last_frame_age(), Some(10 * SECOND));
    assert_eq!(info.down_for(), None);
    connections[0].events(2..=2).await;
    sleep(SECOND).await;
    assert_eq!(harness.cluster.info()[&0].last_frame_age(), Some(SECOND));
    assert_eq!(harness.next_event().await, (0, 2));

    // The session outlives its connection.
    connections[0].close(4000).await;
    let mut connection = harness.gateways[0].resuming(2).await;
    sleep(4 * SECOND).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!(info.down_for(), Some(4 * SECOND));
    assert_eq!(info.session_age(), Some(15 * SECOND));
    connection.send(&resumed(3)).await;
    sleep(2 * SECOND).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!(info.up_for(), Some(2 * SECOND));
    assert_eq!(info.session_age(), Some(17 * SECOND));
    assert_eq!(info.uptime(), Some(20 * SECOND));
    let closed = DisconnectCause::Closed { code: Some(4000) };
    assert_eq!(
        (info.disconnects().of(closed), info.disconnects().total()),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn acks_are_timed() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    assert_eq!(harness.cluster.info()[&0].last_ack_age(), None);
    connections[0].next_with_heartbeats().await;
    connections[0].acknowledge().await;
    sleep(7 * SECOND).await;
    assert_eq!(harness.cluster.info()[&0].last_ack_age(), Some(7 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn refused_shard_is_named_with_its_next_attempt() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.take_until_ready().await;
    assert!(harness.cluster.health().readiness().is_ready());
    assert_eq!(harness.cluster.health().to_string(), "all 2 shards are up");
    connections.pop().expect("of shard 1").close(4000).await;
    let mut other = connections.pop().expect("of shard 0");
    let _other = tokio::spawn(async move { other.attend(3_600 * SECOND).await });
    let started = now();
    let mut said = Vec::new();
    while now() - started < 41 * SECOND {
        tokio::select! {
            attempt = harness.gateways[1].attempt() => attempt.refuse(refusal()),
            () = sleep(SECOND / 10) => {}
        }
        let health = harness.cluster.health();
        let down = health.shards()[1].down_for().unwrap();
        assert_eq!(
            health.readiness().is_ready(),
            down < 30 * SECOND,
            "{health}"
        );
        assert!(health.liveness().is_live());
        said.push(health.to_string());
    }
    let has = |parts: [&str; 4]| {
        said.iter()
            .any(|text| parts.iter().all(|part| text.contains(part)))
    };
    let first = "1 of 2 shards is down: shard 1 is connecting for ";
    assert!(
        has([
            first,
            ", as the resume host refuses with HTTP status 503; it waits for the ",
            "on the main host",
            ", attempt ",
        ]) || has([
            first,
            ", as the main host refuses with HTTP status 503; it waits for the next attempt",
            "on the main host, in ",
            ", attempt ",
        ]),
        "{said:#?}"
    );
    let health = harness.cluster.health();
    let reason = health.readiness().reason().expect("it is down");
    assert_eq!(
        (reason.kind(), reason.shards(), reason.worst().number()),
        (HealthReasonKind::Down, 1, 1)
    );
    let mut connection = harness.gateways[1].resuming(1).await;
    connection.send(&resumed(2)).await;
    sleep(SECOND).await;
    let health = harness.cluster.health();
    assert!(health.readiness().is_ready(), "{health}");
}

#[tokio::test(start_paused = true)]
async fn identify_budget_and_position_are_those_of_the_queue() {
    let day = Duration::from_secs(86_400);
    let queue = InMemoryQueue::new(1, 900, day, 1_000);
    let mut harness = harness_with(3, |cluster| cluster.queue(queue)).await;
    harness.cluster.up().await;
    let mut first = harness.gateways[0].greet().await;
    first.expect(2).await;
    let _second = harness.gateways[1].greet().await;
    let _third = harness.gateways[2].greet().await;
    sleep(SECOND / 100).await;
    let health = harness.cluster.health();
    let waits = health.shards()[2].waits_for().unwrap();
    assert!(
        waits.starts_with("an identify permit, position 2, about "),
        "{waits}"
    );
    let budget = health.identify_budget().expect("the queue knows it");
    assert_eq!((budget.remaining, budget.total), (899, 1_000));
    assert!(budget.resets_in <= Some(day), "{budget:?}");
    let starting = health.readiness().reason().map(|reason| reason.kind());
    assert_eq!(starting, Some(HealthReasonKind::Starting));
}

#[tokio::test(start_paused = true)]
async fn consumer_that_takes_nothing_is_named_and_one_that_is_slow_is_not() {
    let mut policy = HealthPolicy::default();
    policy.stuck_after = 100 * SECOND;
    let mut harness = harness_with(1, |cluster| cluster.buffer(4).health_policy(policy)).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].events(2..=20).await;
    sleep(29 * SECOND).await;
    let health = harness.cluster.health();
    let info = &health.shards()[0];
    assert_eq!(info.health(), Health::BufferFull);
    assert_eq!((info.buffer().items, info.buffer().max_items), (4, 4));
    assert!(info.buffer().bytes > 0, "{:?}", info.buffer());
    // READY was taken.
    let received = info.session().map(|session| session.sequence());
    assert!(received > Some(1));
    assert_eq!(Some(1 + info.cursor_lag()), received);
    assert!(health.readiness().is_ready(), "{health}");
    sleep(2 * SECOND).await;
    let health = harness.cluster.health();
    let kind = |reason: Option<&gloaming_cluster::HealthReason>| reason.map(|reason| reason.kind());
    assert_eq!(
        kind(health.readiness().reason()),
        Some(HealthReasonKind::ConsumerStuck)
    );
    assert!(health.liveness().is_live());
    sleep(100 * SECOND).await;
    assert_eq!(
        kind(harness.cluster.health().liveness().reason()),
        Some(HealthReasonKind::ConsumerStuck)
    );

    // It is slow now, but not stuck.
    for expected in 2..=20 {
        assert_eq!(harness.next_event().await, (0, expected));
        let health = harness.cluster.health();
        assert!(health.readiness().is_ready(), "{health}");
        sleep(20 * SECOND).await;
    }
    assert_eq!(harness.cluster.info()[&0].cursor_lag(), 0);
    assert!(INTERVAL > 20 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn crash_is_the_cause_until_the_restart_and_counts_as_down() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    sleep(10 * SECOND).await;
    harness.panic_switches[0].panic_when_reading(true);
    connections[0].events(2..=2).await;
    harness
        .take_until(|_, item| matches!(item, Item::Crash(_)).then_some(()))
        .await;
    let health = harness.cluster.health();
    let info = &health.shards()[0];
    if let Health::Restarting { .. } = info.health() {
        let waits = info.waits_for().unwrap();
        assert!(
            waits.ends_with("after a panic: the transport's bug"),
            "{waits}"
        );
    }
    assert_eq!(info.uptime(), Some(10 * SECOND));
    assert!(info.down_for().is_some() && info.was_up());
    harness.panic_switches[0].panic_when_reading(false);
    let mut connection = harness.gateways[0].resuming(1).await;
    connection.send(&resumed(2)).await;
    sleep(SECOND).await;
    let info = &harness.cluster.info()[&0];
    assert_eq!((info.health(), info.crashes()), (Health::Up, 1));
    assert!(
        info.session_age() >= Some(11 * SECOND),
        "it is the same session"
    );
}

#[tokio::test(start_paused = true)]
async fn refused_bot_is_not_ready_but_live() {
    let mut harness = harness(2).await;
    let connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].close(4004).await;
    harness
        .take_until(|_, item| match item {
            Item::Failure(error) => error.is_fatal().then_some(()),
            _ => None,
        })
        .await;
    sleep(SECOND).await;
    let health = harness.cluster.health();
    let reason = health.readiness().reason().expect("a shard has stopped");
    assert_eq!(reason.kind(), HealthReasonKind::Ended);
    assert!(reason.to_string().contains("code 4004"), "{reason}");
    assert!(health.liveness().is_live(), "{health}");
}
