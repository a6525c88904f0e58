//! Malformed payloads are closed with 4002 (P10, P21, P32).

use gloaming_emulator::model::Input;
use serde_json::{Value, json};

use crate::harness::{Harness, builder, identify};

#[test]
fn invalid_payload_is_closed_with_4002() {
    for text in [
        "",
        "nonsense",
        "[]",
        "{}",
        r#"{"op":"1"}"#,
        r#"{"op":1"#,
        r#"{"op":-1}"#,
    ] {
        let mut harness = Harness::new(builder());
        let client = harness.connect();
        harness.input(client, Input::Text(text));
        harness.assert_refused(client, "P32", 4002);
    }
}

#[test]
fn binary_message_that_is_no_text_is_closed_with_4002() {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    harness.input(client, Input::Binary(&[0x83, 0x61, 0x01]));
    harness.assert_refused(client, "P32", 4002);
}

/// P21: at most 4096 bytes.
#[test]
fn oversized_payload_is_closed_with_4002() {
    for (size, is_refused) in [(4096, false), (4097, true)] {
        let mut harness = Harness::new(builder());
        let client = harness.connect();
        let bare = json!({"op": 1, "d": null, "x": ""}).to_string();
        let text = json!({"op": 1, "d": null, "x": "x".repeat(size - bare.len())}).to_string();
        assert_eq!(text.len(), size);
        harness.input(client, Input::Text(&text));
        if is_refused {
            harness.assert_refused(client, "P21", 4002);
        } else {
            assert_eq!(harness.payloads(client).len(), 2);
        }
    }
}

/// P10: the required fields of IDENTIFY.
#[test]
fn identify_without_a_required_field_is_closed_with_4002() {
    for field in ["token", "properties", "intents"] {
        let mut payload = identify([0, 1], 0);
        payload["d"].as_object_mut().unwrap().remove(field);
        refuse_identify(&payload);
    }
}

#[test]
fn identify_with_an_invalid_field_is_closed_with_4002() {
    for (field, value) in [
        ("intents", json!("7")),
        ("shard", json!([0])),
        ("large_threshold", json!(49)),
        ("large_threshold", json!(251)),
        ("properties", json!([])),
        (
            "properties",
            json!({"os": 1, "browser": "b", "device": "d"}),
        ),
        ("compress", json!(1)),
        ("presence", json!([])),
        ("presence", json!({"status": 1})),
        ("presence", json!({"activities": {}})),
        ("presence", json!({"game": "a game"})),
        ("presence", json!({"afk": "no"})),
    ] {
        let mut payload = identify([0, 1], 0);
        payload["d"][field] = value;
        refuse_identify(&payload);
    }
}

fn refuse_identify(payload: &Value) {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    harness.send(client, payload);
    harness.assert_refused(client, "P10", 4002);
}
