use serde_json::json;

use crate::stage::{Stage, builder, resume};

#[test]
fn a_sequence_from_the_future_is_closed_with_4007() {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 2));
    stage.assert_refused(again, "P14", 4007);
    assert!(stage.gateway.sessions().is_empty());
}

#[test]
fn a_resume_without_a_sequence_is_malformed() {
    let mut stage = Stage::new(builder());
    let client = stage.connect();
    stage.send(
        client,
        &json!({"op": 6, "d": {"token": gloaming_emulator::DEFAULT_TOKEN, "session_id": "x"}}),
    );
    stage.assert_refused(client, "P14", 4002);
}
