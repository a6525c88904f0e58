use serde_json::json;

use crate::stage::{Heard, Stage, builder, resume, seconds};

/// P4: heartbeats must come.
#[test]
fn a_silent_client_is_closed_with_4009() {
    let mut stage = Stage::new(
        builder()
            .heartbeat_interval(seconds(10))
            .heartbeat_grace(seconds(3)),
    );
    let (client, ready) = stage.start([0, 1], 0);
    stage.wait(seconds(10));
    stage.send(client, &json!({"op": 1, "d": 1}));
    stage.wait(seconds(12));
    assert!(!stage.heard(client).contains(&Heard::Close(4009)));
    stage.wait(seconds(1));
    stage.assert_refused(client, "P4", 4009);
    // Its session is gone.
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    assert_eq!(stage.payloads(again)[1]["op"], 9);
}

#[test]
fn a_late_heartbeat_is_noted() {
    let mut stage = Stage::new(builder().heartbeat_interval(seconds(10)));
    let client = stage.connect();
    stage.wait(seconds(13));
    stage.send(client, &json!({"op": 1, "d": null}));
    assert_eq!(
        stage.violations(),
        [("P4", gloaming_emulator::ViolationResponse::Recorded)]
    );
}

#[test]
fn a_punctual_one_is_not() {
    let mut stage = Stage::new(builder().heartbeat_interval(seconds(10)));
    let (client, _) = stage.start([0, 1], 0);
    stage.wait_beating(client, seconds(1000));
    assert!(stage.violations().is_empty());
    assert_eq!(stage.gateway.stats().heartbeat_acks, 100);
}

/// A client may begin its interval anew when it answers op 1: no gap is longer than the interval then.
#[test]
fn one_that_counts_from_an_answer_is_punctual() {
    let mut stage = Stage::new(builder());
    let (client, _) = stage.start([0, 1], 0);
    stage.wait(seconds(20));
    stage.send(client, &json!({"op": 1, "d": 1}));
    stage.wait(seconds(30));
    stage.gateway.request_heartbeat(stage.now, &client.into());
    stage.send(client, &json!({"op": 1, "d": 1}));
    stage.wait(seconds(41));
    stage.send(client, &json!({"op": 1, "d": 1}));
    assert!(stage.violations().is_empty());
    // The interval, its tenth and a second are over.
    stage.wait(seconds(47));
    stage.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(
        stage.violations(),
        [("P4", gloaming_emulator::ViolationResponse::Recorded)]
    );
}

/// Nor does an answer to op 1 make up for the beats that did not come before.
#[test]
fn an_answer_that_comes_after_too_long_a_gap_is_late() {
    let mut stage = Stage::new(builder());
    let (client, _) = stage.start([0, 1], 0);
    stage.wait(seconds(50));
    stage.gateway.request_heartbeat(stage.now, &client.into());
    stage.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(
        stage.violations(),
        [("P4", gloaming_emulator::ViolationResponse::Recorded)]
    );
}
