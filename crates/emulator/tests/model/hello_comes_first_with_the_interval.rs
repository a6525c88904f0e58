use std::time::Duration;

use serde_json::json;

use crate::stage::{Heard, Stage, builder};

/// P3: HELLO is the first payload, with null `s` and `t`.
#[test]
fn hello_comes_first_with_the_interval() {
    let mut stage = Stage::new(builder().heartbeat_interval(Duration::from_millis(1500)));
    let client = stage.connect();
    assert_eq!(
        stage.payloads(client),
        [json!({
            "op": 10,
            "d": {"heartbeat_interval": 1500, "_trace": ["gloaming-emulator"]},
            "s": null,
            "t": null,
        })]
    );
    assert!(!matches!(stage.heard(client)[..], [Heard::Payload(_), ..]));
}
