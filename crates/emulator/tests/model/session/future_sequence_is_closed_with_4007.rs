//! A RESUME with a sequence that was not sent yet is closed with 4007 (P14).

use serde_json::json;

use crate::harness::{Harness, builder, resume};

#[test]
fn future_sequence_is_closed_with_4007() {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 2));
    harness.assert_refused(second, "P14", 4007);
    assert!(harness.gateway.sessions().is_empty());
}

#[test]
fn resume_without_a_sequence_is_closed_with_4002() {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    harness.send(
        client,
        &json!({"op": 6, "d": {"token": gloaming_emulator::DEFAULT_TOKEN, "session_id": "x"}}),
    );
    harness.assert_refused(client, "P14", 4002);
}
