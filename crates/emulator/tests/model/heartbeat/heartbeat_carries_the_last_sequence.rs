//! A heartbeat with any other sequence than the last one is reported (P5).

use gloaming_emulator::{Selector, ViolationResponse};
use serde_json::{Value, json};

use crate::harness::{Harness, builder, identify, seconds};

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

/// P5: what crosses READY still has the last sequence that the client received.
#[test]
fn heartbeat_that_crosses_ready_has_a_sequence_of_the_session_before() {
    let new_session = |beyond: u64, heartbeats: u64| {
        let mut harness = Harness::new(builder());
        let (client, _) = harness.start([0, 1], 1);
        // READY and the GUILD_CREATEs.
        let last = harness.gateway.stats().dispatches;
        assert!(last > 2, "{last}");
        harness
            .gateway
            .invalidate(harness.now, &Selector::All, false);
        harness.wait(seconds(6));
        harness.send(client, &identify([0, 1], 0));
        for _ in 0..heartbeats {
            harness.send(client, &json!({"op": 1, "d": last + beyond}));
        }
        harness.violations().len()
    };
    assert_eq!(new_session(0, 1), 0, "the last sequence of the old session");
    assert_eq!(
        new_session(0, 2),
        1,
        "the client has had time to read READY"
    );
    assert_eq!(new_session(1, 1), 1, "a sequence of no session");
}
