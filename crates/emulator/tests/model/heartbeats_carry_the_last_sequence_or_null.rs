use gloaming_emulator::ViolationResponse;
use serde_json::{Value, json};

use crate::stage::{Stage, builder};

fn noted(d: Value, after_ready: bool) -> usize {
    let mut stage = Stage::new(builder());
    let client = if after_ready {
        stage.start([0, 1], 0).0
    } else {
        stage.connect()
    };
    stage.send(client, &json!({"op": 1, "d": d}));
    let acks = stage
        .payloads(client)
        .iter()
        .filter(|payload| payload["op"] == 11)
        .count();
    assert_eq!(acks, 1, "it is answered all the same");
    assert!(
        stage
            .violations()
            .iter()
            .all(|violation| *violation == ("P5", ViolationResponse::Recorded))
    );
    stage.violations().len()
}

/// P5.
#[test]
fn heartbeats_carry_the_last_sequence_or_null() {
    assert_eq!(noted(Value::Null, false), 0);
    assert_eq!(noted(json!(1), true), 0);
    assert_eq!(noted(json!(0), false), 1);
    assert_eq!(noted(json!(0), true), 1);
    assert_eq!(noted(json!(2), true), 1);
    assert_eq!(noted(json!("1"), true), 1);
}
