//! A wrong token is closed with 4004 (P10, P14), and no token is logged.

use serde_json::json;

use crate::harness::{Harness, builder, identify, resume};

#[test]
fn identify_with_a_wrong_token_is_closed_with_4004() {
    let mut harness = Harness::new(builder().token("right"));
    let client = harness.connect();
    harness.send(client, &identify([0, 1], 0));
    harness.assert_refused(client, "P10", 4004);
}

#[test]
fn resume_with_a_wrong_token_is_closed_with_4004() {
    let mut harness = Harness::new(builder().token("right"));
    let client = harness.connect();
    harness.send(client, &resume(&json!("abc"), 1));
    harness.assert_refused(client, "P14", 4004);
}

#[test]
fn bot_prefix_is_optional() {
    let mut harness = Harness::new(builder().token("Bot right"));
    for token in ["right", "Bot right"] {
        let client = harness.connect();
        let mut payload = identify([0, 1], 0);
        payload["d"]["token"] = token.into();
        harness.send(client, &payload);
        assert_eq!(harness.names(client), ["READY"]);
        harness.disconnect(client, Some(1000));
        harness.wait(crate::harness::seconds(5));
    }
}

#[test]
fn debug_output_has_no_token() {
    let mut harness = Harness::new(builder().token("secret-right"));
    let client = harness.connect();
    let mut payload = identify([0, 1], 0);
    payload["d"]["token"] = "secret-wrong".into();
    harness.send(client, &payload);
    let shown = format!("{:?}", harness.gateway);
    assert!(!shown.contains("secret"), "{shown}");
}
