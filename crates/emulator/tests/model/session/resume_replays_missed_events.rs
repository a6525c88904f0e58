//! RESUME replays the missed events in order, then RESUMED follows (P17).

use gloaming_emulator::{
    Selector,
    model::{Host, Input},
};
use serde_json::json;

use crate::harness::{Harness, QUERY, builder, resume, seconds};

/// P17: missed dispatches in order, then RESUMED; also those of the time without a connection.
#[test]
fn resume_replays_missed_events() {
    let mut harness = Harness::new(builder().guilds(0));
    let (client, ready) = harness.start([0, 1], 0);
    for number in 2..5 {
        harness
            .gateway
            .dispatch(&Selector::All, "TEST", &json!({"number": number}));
    }
    harness.disconnect(client, Some(4000));
    harness
        .gateway
        .dispatch(&Selector::All, "TEST", &json!({"number": 5}));
    harness.wait(seconds(60));

    let second = harness.connect_to(Host::Resume, QUERY);
    harness.send(second, &resume(&ready["session_id"], 2));
    let payloads = harness.payloads(second);
    assert_eq!(payloads[0]["op"], 10);
    let replayed: Vec<_> = payloads[1..4]
        .iter()
        .map(|payload| (&payload["s"], &payload["d"]["number"]))
        .collect();
    assert_eq!(
        replayed,
        [
            (&json!(3), &json!(3)),
            (&json!(4), &json!(4)),
            (&json!(5), &json!(5))
        ]
    );
    assert_eq!(
        (&payloads[4]["t"], &payloads[4]["s"]),
        (&json!("RESUMED"), &json!(6))
    );
    assert_eq!(payloads.len(), 5);
    assert_eq!(harness.gateway.stats().replayed, 3);
    assert!(harness.violations().is_empty());

    harness.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    assert_eq!(harness.payloads(second)[0]["s"], 7);
}

/// A replay is sent in portions. RESUMED follows it, then the events that occurred meanwhile.
#[test]
fn long_replay_keeps_the_order() {
    let mut harness = Harness::new(builder().guilds(0).replay_buffer(1000));
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    let text = "x".repeat(10_000);
    for number in 2..=1001 {
        harness.gateway.dispatch(
            &Selector::All,
            "MISSED",
            &json!({"number": number, "text": text}),
        );
    }
    harness.clients_read = false;
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    harness
        .gateway
        .dispatch(&Selector::All, "LATER", &json!({}));
    let first_portion = harness.payloads(second);
    assert!(
        (2..100).contains(&first_portion.len()),
        "{}",
        first_portion.len()
    );

    harness.clients_read = true;
    harness.input(second, Input::Drained);
    let rest = harness.payloads(second);
    let sequences: Vec<_> = first_portion[1..]
        .iter()
        .chain(&rest)
        .map(|payload| payload["s"].as_u64().unwrap())
        .collect();
    assert_eq!(sequences, (2..=1003).collect::<Vec<_>>());
    assert_eq!(
        (&rest[rest.len() - 2]["t"], &rest[rest.len() - 1]["t"]),
        (&json!("RESUMED"), &json!("LATER"))
    );
}

/// A client that reads its replay more slowly than new events arrive is dropped: the queue is bounded.
#[test]
fn slow_replay_is_dropped() {
    let mut harness = Harness::new(builder().guilds(0).replay_buffer(100));
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    let text = "x".repeat(10_000);
    for _ in 0..100 {
        harness
            .gateway
            .dispatch(&Selector::All, "MISSED", &json!({"text": text}));
    }
    harness.clients_read = false;
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    for _ in 0..2000 {
        harness
            .gateway
            .dispatch(&Selector::All, "LATER", &json!({}));
    }
    harness.input(second, Input::Drained);
    assert_eq!(
        harness.received(second).last(),
        Some(&crate::harness::Received::Dropped)
    );
}

/// A client may resume before the gateway notices that the old connection is lost.
#[test]
fn session_moves_to_the_newer_connection() {
    let mut harness = Harness::new(builder().guilds(0));
    let (client, ready) = harness.start([0, 1], 0);
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    assert_eq!(harness.names(second), ["RESUMED"]);
    assert_eq!(
        harness.received(client),
        [crate::harness::Received::Dropped]
    );
    harness.disconnect(client, None);
    assert_eq!(harness.gateway.sessions()[0].connection, Some(second));
    let stats = harness.gateway.stats();
    assert_eq!(
        (stats.sessions_connected, stats.connections_replaced),
        (1, 1)
    );
}

/// GUILD_CREATEs wait until the connection drains. Those that were not sent yet follow RESUMED.
#[test]
fn pending_guilds_are_sent_after_resumed() {
    let mut harness = Harness::new(builder().guilds(2));
    harness.clients_read = false;
    let (client, ready) = harness.start([0, 1], 1);
    harness.disconnect(client, None);
    harness.clients_read = true;
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    assert_eq!(
        harness.names(second),
        ["RESUMED", "GUILD_CREATE", "GUILD_CREATE"]
    );
}

/// P17: RESUMED ends the replay, so a RESUMED that was lost is not replayed before the missed events.
#[test]
fn lost_resumed_is_not_replayed() {
    let mut harness = Harness::new(builder().guilds(0));
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    harness
        .gateway
        .dispatch(&Selector::All, "MISSED", &json!({}));
    for _ in 0..3 {
        let second = harness.connect();
        harness.send(second, &resume(&ready["session_id"], 1));
        let received = harness.payloads(second);
        let dispatches: Vec<_> = (received[1..].iter())
            .map(|payload| {
                (
                    payload["t"].as_str().unwrap(),
                    payload["s"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(dispatches, [("MISSED", 2), ("RESUMED", 3)]);
        harness.disconnect(second, None);
    }
    assert_eq!(harness.gateway.stats().replayed, 3);
    assert!(harness.violations().is_empty());
}

/// Later events have later sequences, so RESUMED is replayed to leave no gap.
#[test]
fn resumed_before_other_events_is_replayed() {
    let mut harness = Harness::new(builder().guilds(0));
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    harness
        .gateway
        .dispatch(&Selector::All, "LATER", &json!({}));
    harness.disconnect(second, None);
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    assert_eq!(harness.names(second), ["RESUMED", "LATER", "RESUMED"]);
}
