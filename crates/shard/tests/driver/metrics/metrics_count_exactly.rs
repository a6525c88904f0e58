//! The metrics of a shard count each occurrence exactly once.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume, take_spawned},
    gateway::{
        Action, Connection, INTERVAL, SESSION, dispatch, event, ready, resumed, start, start_with,
    },
    test_recorder::TestRecorder,
};
use bytes::Bytes;
use gloaming_protocol::Inflater;
use gloaming_queue::{BoxFuture, IdentifyQueue, Permit, QueueError, QueueErrorKind};
use gloaming_shard::{
    CloseFrame, CommandOutcome, Compression, EventTypeFlags, Lifecycle,
    machine::Timeouts,
    transport::{ConnectError, ConnectErrorKind, Inbound, Text},
};
use serde_json::json;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::time::sleep;

const HELLO: &str = r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#;

fn expected(counted: &[(&str, usize)]) -> Vec<(String, u64)> {
    let mut expected: Vec<_> = counted
        .iter()
        .map(|(key, value)| ((*key).to_owned(), *value as u64))
        .collect();
    expected.sort();
    expected
}

/// Returns the counters of the recorder, without those of sent payloads.
fn counters(reader: &TestRecorder) -> Vec<(String, u64)> {
    let mut counted = reader.counters();
    counted.retain(|(key, _)| key != "sent_bytes_total");
    counted
}

#[tokio::test(start_paused = true)]
async fn events_and_a_resume_are_counted() {
    for method in [ReceiveMethod::Events, ReceiveMethod::Items] {
        let reader = TestRecorder::default();
        let _installed = reader.install();
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, method);

        let first = [
            ready(SESSION, 1),
            event(2),
            dispatch("BRAND_NEW", 3, &json!({"id": "1"})),
            dispatch("CHANNEL_INFO", 4, &json!({"guild_id": "1", "channels": []})),
            dispatch("WEBHOOKS_UPDATE", 5, &json!({"guild_id": "one"})),
            r#"{"t":null,"s":null,"op":99,"d":{"id":"1"}}"#.to_owned(),
            event(6),
        ];
        let mut connection = gateway.greet().await;
        connection.expect(2).await;
        for payload in &first {
            connection.send(payload).await;
        }
        consumer.until_event(6).await;
        assert_eq!(reader.gauge("shard_state{state=active}"), Some(1.0));
        drop(connection);

        // Replays a duplicate, then a new event after a skipped sequence number.
        let second = [event(6), event(7), event(9), resumed(10), event(11)];
        let mut connection = gateway.resuming(6).await;
        for payload in &second {
            connection.send(payload).await;
        }
        consumer.until_event(11).await;

        let bytes = [HELLO, HELLO].map(str::len).iter().sum::<usize>()
            + first.iter().chain(&second).map(String::len).sum::<usize>();
        assert_eq!(
            counters(&reader),
            expected(&[
                ("connects_total{step=identify}", 1),
                ("connects_total{step=resume_host}", 1),
                ("disconnects_total{cause=lost}", 1),
                ("duplicate_events_total", 1),
                ("events_total{type=CHANNEL_INFO}", 1),
                ("events_total{type=HELLO}", 2),
                ("events_total{type=READY}", 1),
                ("events_total{type=RESUMED}", 1),
                ("events_total{type=WEBHOOKS_UPDATE}", 7),
                ("events_total{type=unknown}", 2),
                ("identifies_total{result=succeeded}", 1),
                ("inflated_bytes_total", bytes),
                ("received_bytes_total", bytes),
                ("replayed_events_total", 2),
                ("resumes_total{step=resume_host,result=succeeded}", 1),
                ("sent_payloads_total{kind=identify}", 1),
                ("sent_payloads_total{kind=resume}", 1),
                ("skipped_events_total", 1),
                ("undecodable_events_total{type=WEBHOOKS_UPDATE}", 1),
                ("unexpected_payloads_total", 1),
                ("unknown_events_total{type=CHANNEL_INFO}", 1),
                ("unknown_events_total{type=unknown}", 2),
            ]),
            "{method:?}"
        );
    }
}

/// A spawned shard also counts untyped events when it delivers them.
#[tokio::test(start_paused = true)]
async fn untyped_events_of_a_spawned_shard_are_counted() {
    let reader = TestRecorder::default();
    let _installed = reader.install();
    let (shard, mut gateway) = start();
    let mut spawned = shard.spawn(EventTypeFlags::all(), 64);
    let mut connection = gateway.begin().await;
    for payload in [
        dispatch("BRAND_NEW", 2, &json!({"id": "1"})),
        dispatch("WEBHOOKS_UPDATE", 3, &json!({"guild_id": "one"})),
        dispatch(
            "WEBHOOKS_UPDATE",
            4,
            &json!({"guild_id": "1", "channel_id": 2.0}),
        ),
        event(5),
    ] {
        connection.send(&payload).await;
    }
    while take_spawned(&mut spawned).await != Observed::Event(5) {}
    let counted = reader.counters();
    for key in [
        "unknown_events_total{type=unknown}",
        "undecodable_events_total{type=WEBHOOKS_UPDATE}",
        "repaired_events_total{type=WEBHOOKS_UPDATE}",
    ] {
        assert!(counted.contains(&(key.to_owned(), 1)), "{key}: {counted:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn compressed_and_decompressed_bytes_are_counted() {
    // The built-in inflater has no buffer but its window, which is not counted, while messages are small.
    for (inflater, capacity) in [(Inflater::Flate2, 1024.0), (Inflater::BuiltIn, 0.0)] {
        if inflater.supports(Compression::ZlibStream) {
            zlib_bytes_are_counted(inflater, capacity).await;
        }
    }
}

async fn zlib_bytes_are_counted(inflater: Inflater, capacity: f64) {
    let reader = TestRecorder::default();
    let _installed = reader.install();
    let (shard, mut gateway) = start_with(|config| {
        config
            .compression(Compression::ZlibStream)
            .inflater(inflater)
    });
    let mut consumer = consume(shard, ReceiveMethod::Payloads);
    let mut connection = gateway.begin().await;
    consumer
        .until(|seen| *seen == Observed::Other("READY".to_owned()))
        .await;

    let before = ["received_bytes_total", "inflated_bytes_total"].map(|key| reader.counter(key));
    let payload = event(2);
    let Inbound::Binary(frame) = connection.encode(payload.as_bytes()) else {
        panic!("it is compressed");
    };
    let compressed = frame.len() as u64;
    // The message is split in two, and each part is counted when it arrives.
    connection.frame(Inbound::Binary(frame.slice(..9))).await;
    connection.frame(Inbound::Binary(frame.slice(9..))).await;
    consumer.until_event(2).await;
    assert_eq!(
        ["received_bytes_total", "inflated_bytes_total"].map(|key| reader.counter(key)),
        [before[0] + compressed, before[1] + payload.len() as u64]
    );
    assert_eq!(
        reader.gauge("inflater_capacity_bytes"),
        Some(capacity),
        "as small as at first once all is read"
    );
    consumer.abort();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(reader.gauge("inflater_capacity_bytes"), Some(0.0));
}

#[tokio::test(start_paused = true)]
async fn missing_acks_and_latency_are_recorded() {
    let reader = TestRecorder::default();
    let _installed = reader.install();
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    // The first heartbeat is acknowledged after 30 ms, the second never.
    let heartbeat_count = connection.next_with_heartbeats().await;
    assert_eq!(heartbeat_count, Action::Sent { op: 1, d: json!(1) });
    sleep(Duration::from_millis(30)).await;
    connection.acknowledge().await;
    while connection.next_with_heartbeats().await != Action::Left {}
    assert_eq!(connection.heartbeats.len(), 2);

    let mut connection = gateway.resuming(1).await;
    connection.send(&resumed(2)).await;
    connection.events([3]).await;
    consumer.until_event(3).await;

    assert_eq!(reader.histogram("heartbeat_latency_seconds"), [0.03]);
    for (key, value) in [
        ("disconnects_total{cause=zombie}", 1),
        ("events_total{type=HEARTBEAT_ACK}", 1),
        ("sent_payloads_total{kind=heartbeat}", 2),
        ("resumes_total{step=resume_host,result=succeeded}", 1),
        ("replayed_events_total", 0),
        ("sessions_lost_total", 0),
    ] {
        assert_eq!(reader.counter(key), value, "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn commands_and_sent_bytes_are_counted() {
    let reader = TestRecorder::default();
    let _installed = reader.install();
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let connection = gateway.attempt().await;
    // There is no session yet, and one of the commands expires.
    let late = consumer.sender.submit(command(1)).unwrap();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(reader.gauge("commands_queued"), Some(1.0));
    connection.refuse(ConnectError::new(ConnectErrorKind::Tcp));
    while reader.gauge("commands_queued") == Some(1.0) {
        if let Some(attempt) = gateway.attempt_now() {
            attempt.refuse(ConnectError::new(ConnectErrorKind::Tcp));
        }
        sleep(Timeouts::default().command / 100).await;
    }
    assert_eq!(late.await, CommandOutcome::Expired);

    let mut connection = gateway.begin().await;
    consumer.until(is_ready).await;
    let before = reader.counter("sent_bytes_total");
    let sent = consumer.sender.submit(command(2)).unwrap();
    connection.expect(31).await;
    assert_eq!(sent.await, CommandOutcome::Sent);
    let sent_bytes = reader.counter("sent_bytes_total") - before;
    assert_eq!(sent_bytes, command(2).len() as u64);

    // The commands exceed the send limit, and the shard is closed while the rest waits.
    let many: Vec<_> = (0..200)
        .map(|number| consumer.sender.submit(command(number)).unwrap())
        .collect();
    sleep(Duration::from_millis(10)).await;
    let waiting = reader.gauge("commands_queued").unwrap();
    assert!(waiting > 0.0);
    consumer.sender.close(CloseFrame::NORMAL).unwrap();
    connection.left().await;
    let (_, shard) = consumer.end().await;

    let mut outcomes = [0; 2];
    for command in many {
        match command.await {
            CommandOutcome::Sent => outcomes[0] += 1,
            CommandOutcome::Closed => outcomes[1] += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(outcomes[1] > 0, "{outcomes:?}");
    let counted = ["sent", "closed", "expired", "full"]
        .map(|outcome| reader.counter(&format!("commands_total{{outcome={outcome}}}")));
    assert_eq!(counted, [outcomes[0] + 1, outcomes[1], 1, 0]);
    assert_eq!(
        reader.counter("sent_payloads_total{kind=command}"),
        outcomes[0] + 1
    );
    assert_eq!(reader.gauge("commands_queued"), Some(0.0));
    assert_eq!(reader.gauge("shard_state{state=closed}"), Some(1.0));
    assert_eq!(reader.gauge("shard_state{state=active}"), Some(0.0));
    drop(shard);
    assert_eq!(reader.gauge("shard_state{state=closed}"), Some(0.0));
}

fn command(number: u32) -> String {
    format!(r#"{{"op":31,"d":{{"guild_ids":["{number}"]}}}}"#)
}

fn is_ready(seen: &Observed) -> bool {
    matches!(seen, Observed::Lifecycle(Lifecycle::Ready { .. }))
}

/// A queue that refuses once, then grants after seven seconds.
#[derive(Debug, Default)]
struct Moody(AtomicU32);

impl IdentifyQueue for Moody {
    fn acquire(&self, _: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        let requested = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            if requested == 0 {
                return Err(QueueError::new(QueueErrorKind::Backend));
            }
            sleep(Duration::from_secs(7)).await;
            Ok(Permit::unlimited())
        })
    }
}

#[tokio::test(start_paused = true)]
async fn waits_and_refusals_of_the_queue_are_recorded() {
    let reader = TestRecorder::default();
    let _installed = reader.install();
    let (shard, mut gateway) = start_with(|config| config.queue(Moody::default()));
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let _connection = gateway.begin().await;
    consumer.until(is_ready).await;
    assert_eq!(reader.histogram("identify_wait_seconds"), [7.0]);
    let refusals = reader.counter("permit_refusals_total{reason=backend}");
    let failures = reader.counter("failures_total{kind=queue}");
    assert_eq!((refusals, failures), (1, 1));
}

/// Connections end in various ways, and one session is lost.
#[tokio::test(start_paused = true)]
async fn refused_sessions_and_failed_connections_are_counted() {
    let reader = TestRecorder::default();
    let _installed = reader.install();
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;

    // Op 7. Then the resume host fails twice, and the main host does not know the session.
    connection
        .send(r#"{"op":7,"d":null,"s":null,"t":null}"#)
        .await;
    end(connection).await;
    for _ in 0..2 {
        let attempt = gateway.attempt().await;
        attempt.refuse(ConnectError::new(ConnectErrorKind::Handshake {
            status: 503,
        }));
    }
    let mut connection = gateway.resuming(1).await;
    connection
        .send(r#"{"op":9,"d":false,"s":null,"t":null}"#)
        .await;
    end(connection).await;

    // The connection of the first IDENTIFY is lost, that of the second is not.
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    connection.close(4000).await;
    end(connection).await;
    let mut connection = gateway.begin().await;
    // Not a payload.
    connection
        .frame(Inbound::Text(Text::from(Bytes::from_static(b"[]"))))
        .await;
    connection.left().await;
    let connection = gateway.resuming(1).await;
    connection.close(4009).await;
    end(connection).await;
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    connection.close(4004).await;
    consumer.until(|seen| *seen == Observed::End).await;

    let mut counted = counters(&reader);
    // A heartbeat may be sent during the wait for a permit.
    let is_by_chance = |key: &str| key.contains("bytes") || key.contains("kind=heartbeat");
    counted.retain(|(key, _)| !is_by_chance(key) && !key.starts_with("events_total"));
    assert_eq!(
        counted,
        expected(&[
            ("connects_total{step=identify}", 4),
            ("connects_total{step=main_host}", 1),
            ("connects_total{step=resume_host}", 3),
            ("disconnects_total{cause=closed}", 3),
            ("disconnects_total{cause=connect_failed}", 2),
            ("disconnects_total{cause=reconnect_requested}", 1),
            ("disconnects_total{cause=session_invalid}", 1),
            ("disconnects_total{cause=unreadable}", 1),
            ("failures_total{kind=deserializing}", 1),
            ("failures_total{kind=reconnect}", 2),
            ("failures_total{kind=refused}", 1),
            ("identifies_total{result=failed}", 1),
            ("identifies_total{result=rejected}", 1),
            ("identifies_total{result=succeeded}", 2),
            ("resumes_total{step=main_host,result=rejected}", 1),
            ("resumes_total{step=resume_host,result=rejected}", 1),
            ("recovery_steps_exhausted_total{step=resume_host}", 1),
            ("sent_payloads_total{kind=identify}", 4),
            ("sent_payloads_total{kind=resume}", 2),
            ("server_closes_total{code=4000}", 1),
            ("server_closes_total{code=4004}", 1),
            ("server_closes_total{code=4009}", 1),
            ("sessions_lost_total", 2),
        ])
    );
    assert_eq!(reader.gauge("shard_state{state=fatally_closed}"), Some(1.0));
}

/// Ends a connection after the shard has read everything sent on it.
async fn end(connection: Connection) {
    sleep(Duration::from_millis(1)).await;
    drop(connection);
}

#[tokio::test(start_paused = true)]
async fn each_round_trip_is_recorded() {
    let reader = TestRecorder::default();
    let _installed = reader.install();
    let (shard, mut gateway) = start();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    connection.attend(INTERVAL * 20).await;
    let latencies = reader.histogram("heartbeat_latency_seconds").len();
    assert_eq!(latencies, connection.heartbeats.len());
    assert!(latencies >= 19, "{latencies}");
}
