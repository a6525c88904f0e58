use serde_json::json;

use crate::stage::{Stage, builder};

#[test]
fn unknown_opcodes_are_closed_with_4001() {
    // Those that only the gateway sends are unknown from a client.
    for op in [0, 5, 7, 9, 10, 11, 12, 99] {
        let mut stage = Stage::new(builder());
        let (client, _) = stage.start([0, 1], 0);
        stage.send(client, &json!({"op": op, "d": null}));
        stage.assert_refused(client, "P32", 4001);
    }
}
