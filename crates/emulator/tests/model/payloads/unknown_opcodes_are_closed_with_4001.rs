//! Unknown opcodes are closed with 4001 (P32).

use serde_json::json;

use crate::harness::{Harness, builder};

#[test]
fn unknown_opcodes_are_closed_with_4001() {
    // Those that only the gateway sends are unknown from a client.
    for op in [0, 5, 7, 9, 10, 11, 12, 99] {
        let mut harness = Harness::new(builder());
        let (client, _) = harness.start([0, 1], 0);
        harness.send(client, &json!({"op": op, "d": null}));
        harness.assert_refused(client, "P32", 4001);
    }
}
