use serde_json::json;

use crate::stage::{Stage, builder, identify, resume};

#[test]
fn identify_with_a_wrong_token() {
    let mut stage = Stage::new(builder().token("right"));
    let client = stage.connect();
    stage.send(client, &identify([0, 1], 0));
    stage.assert_refused(client, "P10", 4004);
}

#[test]
fn resume_with_a_wrong_token() {
    let mut stage = Stage::new(builder().token("right"));
    let client = stage.connect();
    stage.send(client, &resume(&json!("abc"), 1));
    stage.assert_refused(client, "P14", 4004);
}

#[test]
fn the_prefix_of_a_bot_token_does_not_matter() {
    let mut stage = Stage::new(builder().token("Bot right"));
    for token in ["right", "Bot right"] {
        let client = stage.connect();
        let mut payload = identify([0, 1], 0);
        payload["d"]["token"] = token.into();
        stage.send(client, &payload);
        assert_eq!(stage.names(client), ["READY"]);
        stage.leave(client, Some(1000));
        stage.wait(crate::stage::seconds(5));
    }
}

#[test]
fn no_token_shows_in_what_is_kept() {
    let mut stage = Stage::new(builder().token("secret-right"));
    let client = stage.connect();
    let mut payload = identify([0, 1], 0);
    payload["d"]["token"] = "secret-wrong".into();
    stage.send(client, &payload);
    let shown = format!("{:?}", stage.gateway);
    assert!(!shown.contains("secret"), "{shown}");
}
