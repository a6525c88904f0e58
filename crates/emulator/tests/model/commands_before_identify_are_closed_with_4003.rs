use serde_json::json;

use crate::stage::{Stage, builder};

/// P13: only heartbeats may come before IDENTIFY or RESUME.
#[test]
fn commands_before_identify_are_closed_with_4003() {
    for op in [3, 4, 8, 31, 43] {
        let mut stage = Stage::new(builder());
        let client = stage.connect();
        stage.send(client, &json!({"op": 1, "d": null}));
        assert_eq!(stage.payloads(client)[1]["op"], 11);
        stage.send(client, &json!({"op": op, "d": {}}));
        stage.assert_refused(client, "P13", 4003);
    }
}
