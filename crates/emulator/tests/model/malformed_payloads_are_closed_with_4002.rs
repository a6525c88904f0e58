use gloaming_emulator::model::Input;
use serde_json::{Value, json};

use crate::stage::{Stage, builder, identify};

#[test]
fn what_is_no_payload() {
    for text in [
        "",
        "nonsense",
        "[]",
        "{}",
        r#"{"op":"1"}"#,
        r#"{"op":1"#,
        r#"{"op":-1}"#,
    ] {
        let mut stage = Stage::new(builder());
        let client = stage.connect();
        stage.input(client, Input::Text(text));
        stage.assert_refused(client, "P32", 4002);
    }
}

#[test]
fn binary_messages() {
    let mut stage = Stage::new(builder());
    let client = stage.connect();
    stage.input(client, Input::Binary(br#"{"op":1,"d":null}"#));
    stage.assert_refused(client, "P21", 4002);
}

/// P21: at most 4096 bytes.
#[test]
fn payloads_that_are_too_large() {
    for (size, is_refused) in [(4096, false), (4097, true)] {
        let mut stage = Stage::new(builder());
        let client = stage.connect();
        let bare = json!({"op": 1, "d": null, "x": ""}).to_string();
        let text = json!({"op": 1, "d": null, "x": "x".repeat(size - bare.len())}).to_string();
        assert_eq!(text.len(), size);
        stage.input(client, Input::Text(&text));
        if is_refused {
            stage.assert_refused(client, "P21", 4002);
        } else {
            assert_eq!(stage.payloads(client).len(), 2);
        }
    }
}

/// P10: what an IDENTIFY must have.
#[test]
fn an_identify_without_a_needed_field() {
    for field in ["token", "properties", "intents"] {
        let mut payload = identify([0, 1], 0);
        payload["d"].as_object_mut().unwrap().remove(field);
        refuse_identify(&payload);
    }
}

#[test]
fn an_identify_with_a_field_that_is_off() {
    for (field, value) in [
        ("intents", json!("7")),
        ("shard", json!([0])),
        ("large_threshold", json!(49)),
        ("large_threshold", json!(251)),
        ("properties", json!({"os": "linux"})),
        ("presence", json!({"status": "online"})),
    ] {
        let mut payload = identify([0, 1], 0);
        payload["d"][field] = value;
        refuse_identify(&payload);
    }
}

fn refuse_identify(payload: &Value) {
    let mut stage = Stage::new(builder());
    let client = stage.connect();
    stage.send(client, payload);
    stage.assert_refused(client, "P10", 4002);
}
