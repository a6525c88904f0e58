//! Commands before IDENTIFY or RESUME are closed with 4003 (P13).

use serde_json::json;

use crate::harness::{Harness, builder};

/// P13: only heartbeats may come before IDENTIFY or RESUME.
#[test]
fn commands_before_identify_are_closed_with_4003() {
    for op in [3, 4, 8, 31, 43] {
        let mut harness = Harness::new(builder());
        let client = harness.connect();
        harness.send(client, &json!({"op": 1, "d": null}));
        assert_eq!(harness.payloads(client)[1]["op"], 11);
        harness.send(client, &json!({"op": op, "d": {}}));
        harness.assert_refused(client, "P13", 4003);
    }
}
