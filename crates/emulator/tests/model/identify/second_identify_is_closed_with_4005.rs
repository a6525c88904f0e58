//! IDENTIFY or RESUME on a connection with a session closes it with 4005 (P13).

use crate::harness::{Harness, builder, identify, resume};

/// P13.
#[test]
fn second_identify_is_closed_with_4005() {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness.send(client, &identify([0, 1], 0));
    harness.assert_refused(client, "P13", 4005);
    // The session stays and can be resumed.
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    assert_eq!(harness.names(second), ["RESUMED"]);
}

#[test]
fn resume_after_identify_is_closed_with_4005() {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness.send(client, &resume(&ready["session_id"], 1));
    harness.assert_refused(client, "P13", 4005);
}
