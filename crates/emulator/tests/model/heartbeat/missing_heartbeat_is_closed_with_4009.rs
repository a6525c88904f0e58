//! A client without heartbeats is closed with 4009, and a late heartbeat is reported (P4).

use serde_json::json;

use crate::harness::{Harness, Received, builder, resume, seconds};

/// P4: heartbeats are required.
#[test]
fn missing_heartbeat_is_closed_with_4009() {
    let mut harness = Harness::new(
        builder()
            .heartbeat_interval(seconds(10))
            .heartbeat_grace(seconds(3)),
    );
    let (client, ready) = harness.start([0, 1], 0);
    harness.wait(seconds(10));
    harness.send(client, &json!({"op": 1, "d": 1}));
    harness.wait(seconds(12));
    assert!(!harness.received(client).contains(&Received::Close(4009)));
    harness.wait(seconds(1));
    harness.assert_refused(client, "P4", 4009);
    // The session is gone.
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    assert_eq!(harness.payloads(second)[1]["op"], 9);
}

#[test]
fn late_heartbeat_is_reported() {
    let mut harness = Harness::new(builder().heartbeat_interval(seconds(10)));
    let client = harness.connect();
    harness.wait(seconds(13));
    harness.send(client, &json!({"op": 1, "d": null}));
    assert_eq!(
        harness.violations(),
        [("P4", gloaming_emulator::ViolationResponse::Recorded)]
    );
}

/// Who allows for a machine that is this busy is not told of each heartbeat that is a little late.
#[test]
fn quarter_of_a_generous_grace_is_allowed() {
    let violations_after = |late: u64| {
        let grace = seconds(20);
        let settings = builder().heartbeat_interval(seconds(2));
        let mut harness = Harness::new(settings.heartbeat_grace(grace));
        let client = harness.connect();
        harness.wait(seconds(2 + late));
        harness.send(client, &json!({"op": 1, "d": null}));
        harness.violations().len()
    };
    assert_eq!([5, 6].map(violations_after), [0, 1]);
}

#[test]
fn punctual_heartbeats_are_not_reported() {
    let mut harness = Harness::new(builder().heartbeat_interval(seconds(10)));
    let (client, _) = harness.start([0, 1], 0);
    harness.wait_with_heartbeats(client, seconds(1000));
    assert!(harness.violations().is_empty());
    assert_eq!(harness.gateway.stats().heartbeat_acks, 100);
}

/// A client may restart its interval when it answers op 1: no gap is longer than the interval then.
#[test]
fn interval_may_restart_at_a_requested_heartbeat() {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], 0);
    harness.wait(seconds(20));
    harness.send(client, &json!({"op": 1, "d": 1}));
    harness.wait(seconds(30));
    harness
        .gateway
        .request_heartbeat(harness.now, &client.into());
    harness.send(client, &json!({"op": 1, "d": 1}));
    harness.wait(seconds(41));
    harness.send(client, &json!({"op": 1, "d": 1}));
    assert!(harness.violations().is_empty());
    // The interval, a tenth of it and one second have passed.
    harness.wait(seconds(47));
    harness.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(
        harness.violations(),
        [("P4", gloaming_emulator::ViolationResponse::Recorded)]
    );
}

/// An answer to op 1 does not excuse the missed heartbeats before it.
#[test]
fn requested_heartbeat_after_a_gap_is_reported() {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], 0);
    harness.wait(seconds(50));
    harness
        .gateway
        .request_heartbeat(harness.now, &client.into());
    harness.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(
        harness.violations(),
        [("P4", gloaming_emulator::ViolationResponse::Recorded)]
    );
}
