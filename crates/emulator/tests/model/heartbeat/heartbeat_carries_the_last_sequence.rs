//! A heartbeat with any other sequence than the last one is reported (P5).

use gloaming_emulator::ViolationResponse;
use serde_json::{Value, json};

use crate::harness::{Harness, builder};

fn violations_of(d: Value, after_ready: bool) -> usize {
    let mut harness = Harness::new(builder());
    let client = if after_ready {
        harness.start([0, 1], 0).0
    } else {
        harness.connect()
    };
    harness.send(client, &json!({"op": 1, "d": d}));
    let acks = harness
        .payloads(client)
        .iter()
        .filter(|payload| payload["op"] == 11)
        .count();
    assert_eq!(acks, 1, "an invalid heartbeat is acknowledged too");
    assert!(
        harness
            .violations()
            .iter()
            .all(|violation| *violation == ("P5", ViolationResponse::Recorded))
    );
    harness.violations().len()
}

/// P5.
#[test]
fn heartbeat_carries_the_last_sequence() {
    assert_eq!(violations_of(Value::Null, false), 0);
    assert_eq!(violations_of(json!(1), true), 0);
    assert_eq!(violations_of(json!(1.5), false), 1);
    assert_eq!(violations_of(json!(2), true), 1);
    assert_eq!(violations_of(json!("1"), true), 1);
}
