//! Failed connection attempts are reported and retried with growing delays; permanent errors end the stream.

use crate::harness::{
    consumer::{
        FailureKind, Observed, ReceiveMethod, consume, failure_kinds, failures, lifecycle,
        sequences,
    },
    gateway::{Connection, Gateway, RESUME_HOST, listen, resumed, start, start_with},
};
use gloaming_shard::{
    EventTypeFlags, Item, Lifecycle, ShardState,
    machine::{DisconnectCause, RecoveryStep, StopReason},
    transport::{ConnectError, ConnectErrorKind},
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn refuse(gateway: &mut Gateway, kind: ConnectErrorKind) -> String {
    let attempt = gateway.attempt().await;
    let url = attempt.url().to_owned();
    attempt.refuse(ConnectError::new(kind).with_endpoint("gateway.test:443"));
    url
}

#[tokio::test(start_paused = true)]
async fn each_failed_attempt_is_reported_until_one_succeeds() {
    for method in ReceiveMethod::ALL {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, method);
        let passing = [
            ConnectErrorKind::Resolve,
            ConnectErrorKind::Tcp,
            ConnectErrorKind::Tls,
            ConnectErrorKind::Certificate,
            ConnectErrorKind::Handshake { status: 503 },
            ConnectErrorKind::NotWebSocket,
            ConnectErrorKind::Other,
        ];
        for kind in passing {
            refuse(&mut gateway, kind).await;
        }
        // No answer at all.
        let mut attempt = gateway.attempt().await;
        attempt.abandoned().await;

        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        let seen = consumer.until_event(2).await;
        assert_eq!(
            failure_kinds(&seen),
            [FailureKind::Reconnect; 8],
            "{method:?}"
        );
        for failure in failures(&seen) {
            assert!(!failure.is_fatal, "{failure:?}");
            assert!(failure.text.contains("trying again"), "{failure:?}");
        }
        assert!(failures(&seen)[4].text.contains("http status 503"));
        assert!(failures(&seen)[7].text.contains("timed out"));
        // There was no connection whose end could be reported.
        assert!(!seen.iter().any(|seen| matches!(seen, Observed::Closed(_))));
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn delays_between_attempts_grow() {
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let started = Instant::now();
    let mut attempts = 0;
    while started.elapsed() < Duration::from_secs(3_600) {
        refuse(&mut gateway, ConnectErrorKind::Tcp).await;
        attempts += 1;
    }
    // The delays are 30 s on average after the first few.
    assert!(
        (60..240).contains(&attempts),
        "{attempts} attempts in an hour"
    );
    let mut connection = gateway.begin().await;
    connection.events([2]).await;
    let seen = consumer.until_event(2).await;
    assert_eq!(failures(&seen).len(), attempts);
    let waits: Vec<Duration> = lifecycle(&seen)
        .iter()
        .filter_map(|event| match event {
            Lifecycle::Retrying { after, .. } => Some(*after),
            _ => None,
        })
        .collect();
    assert_eq!(waits.len(), attempts);
    assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(60)));
    assert!(waits.iter().any(|wait| *wait > Duration::from_secs(20)));
}

#[tokio::test(start_paused = true)]
async fn permanent_error_stops_the_shard() {
    for kind in [
        ConnectErrorKind::MissingTls,
        ConnectErrorKind::TlsSetup,
        ConnectErrorKind::Url,
    ] {
        for method in ReceiveMethod::ALL {
            let (shard, mut gateway) = start();
            let consumer = consume(shard, method);
            refuse(&mut gateway, kind).await;
            let (seen, mut shard) = consumer.end().await;
            let [failure] = failures(&seen)[..] else {
                panic!("{kind:?}, {method:?}: {seen:?}");
            };
            assert_eq!(failure.kind, FailureKind::Reconnect);
            assert!(failure.is_fatal, "{kind:?}, {method:?}");
            assert_eq!(shard.state(), ShardState::FatallyClosed);
            assert!(shard.sender().is_closed());
            assert!(shard.next_item(EventTypeFlags::all()).await.is_none());
            if method == ReceiveMethod::Items {
                let reason = StopReason::Misconfigured;
                let stopped = Lifecycle::Stopped { reason };
                assert_eq!(seen[seen.len() - 2], Observed::Lifecycle(stopped));
            }
        }
    }
}

/// Returns a shard whose connection was lost after READY.
async fn dropped(gateway: &mut Gateway) {
    drop(gateway.begin().await);
}

async fn finish_resuming(mut connection: Connection) {
    connection.events([2]).await;
    connection.send(&resumed(3)).await;
    connection.events([4]).await;
}

#[tokio::test(start_paused = true)]
async fn permanent_error_of_the_resume_host_falls_back_to_the_main_host() {
    for method in ReceiveMethod::ALL {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, method);
        dropped(&mut gateway).await;
        let url = refuse(&mut gateway, ConnectErrorKind::MissingTls).await;
        assert!(url.starts_with(RESUME_HOST));
        let connection = gateway.resuming(1).await;
        assert!(!connection.url.starts_with(RESUME_HOST));
        finish_resuming(connection).await;

        let seen = consumer.until_event(4).await;
        assert_eq!(sequences(&seen), [2, 4]);
        assert_eq!(failure_kinds(&seen), [FailureKind::Reconnect]);
        assert!(!failures(&seen)[0].is_fatal);
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn dead_resume_host_costs_seconds_and_no_identify() {
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    dropped(&mut gateway).await;
    let began = Instant::now();
    let kind = ConnectErrorKind::Handshake { status: 503 };
    for _ in 0..2 {
        let url = refuse(&mut gateway, kind).await;
        assert!(url.starts_with(RESUME_HOST));
    }
    let connection = gateway.resuming(1).await;
    assert!(!connection.url.starts_with(RESUME_HOST));
    assert!(began.elapsed() < Duration::from_secs(5));
    finish_resuming(connection).await;

    let seen = consumer.until_event(4).await;
    let (from, to) = (RecoveryStep::ResumeHost, RecoveryStep::MainHost);
    assert!(lifecycle(&seen).contains(&&Lifecycle::RecoveryStepExhausted { from, to }));
}

#[tokio::test(start_paused = true)]
async fn pending_events_are_bounded_without_a_consumer() {
    pending_events_are_bounded(0, 1_000).await;
    pending_events_are_bounded(1 << 20, 5_000).await;
}

async fn pending_events_are_bounded(read_ahead: usize, most: usize) {
    let (shard, mut gateway) = start_with(|config| config.read_ahead(read_ahead));
    let mut spawned = shard.spawn(EventTypeFlags::all(), 1);
    let connection = tokio::spawn(async move {
        let mut connection = gateway.begin().await;
        connection.events(2..=50).await;
        drop(connection);
        loop {
            let refused = ConnectError::new(ConnectErrorKind::Tcp);
            gateway.attempt().await.refuse(refused);
        }
    });
    // The consumer receives everything up to the end of the connection, and then nothing for two days.
    while !matches!(
        spawned.next_item().await,
        Some(Item::Lifecycle(Lifecycle::Disconnected { .. }))
    ) {}
    sleep(Duration::from_secs(48 * 3_600)).await;

    let mut items = 0;
    let mut gaps = 0;
    loop {
        let quiet = Duration::from_millis(1);
        let Ok(item) = tokio::time::timeout(quiet, spawned.next_item()).await else {
            break;
        };
        items += 1;
        gaps += u32::from(matches!(item, Some(Item::Lifecycle(Lifecycle::Gap { .. }))));
        assert!(items < most, "the queue has no bound");
    }
    assert_eq!(gaps, 0, "an unreachable gateway costs no session");
    connection.abort();
}

#[tokio::test(start_paused = true)]
async fn closing_server_is_not_reconnected_in_a_hot_loop() {
    let (shard, mut gateway) = start();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let mut accepted = 0;
    let hour = sleep(Duration::from_secs(3_600));
    tokio::pin!(hour);
    loop {
        tokio::select! {
            biased;
            connection = gateway.accept() => {
                connection.close(4000).await;
                accepted += 1;
            }
            () = &mut hour => break,
        }
    }
    assert!(
        (60..240).contains(&accepted),
        "{accepted} connections in an hour"
    );
}

#[tokio::test(start_paused = true)]
async fn dropped_listener_refuses_connections() {
    let (connector, gateway) = listen();
    drop(gateway);
    let config =
        gloaming_shard::ConfigBuilder::new("token".into(), gloaming_shard::Intents::GUILDS)
            .connector(connector)
            .build();
    let shard = gloaming_shard::Shard::with_config(gloaming_shard::ShardId::ONE, config);
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let seen = consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Retrying { .. })))
        .await;
    assert_eq!(failure_kinds(&seen), [FailureKind::Reconnect]);
    let disconnected = Lifecycle::Disconnected {
        cause: DisconnectCause::ConnectFailed,
        frame: None,
    };
    assert!(lifecycle(&seen).contains(&&disconnected));
}
