//! HELLO is the first payload and carries the heartbeat interval (P3).

use std::time::Duration;

use serde_json::json;

use crate::harness::{Harness, Received, builder};

/// P3: HELLO is the first payload, with null `s` and `t`.
#[test]
fn hello_comes_first() {
    let mut harness = Harness::new(builder().heartbeat_interval(Duration::from_millis(1500)));
    let client = harness.connect();
    assert_eq!(
        harness.payloads(client),
        [json!({
            "op": 10,
            "d": {"heartbeat_interval": 1500, "_trace": ["gloaming-emulator"]},
            "s": null,
            "t": null,
        })]
    );
    assert!(!matches!(
        harness.received(client)[..],
        [Received::Payload(_), ..]
    ));
}
