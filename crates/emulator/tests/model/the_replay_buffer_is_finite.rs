use gloaming_emulator::Selector;
use serde_json::json;

use crate::stage::{Stage, builder, identify, resume, seconds};

fn missed(builder: gloaming_emulator::EmulatorBuilder, events: u64) -> serde_json::Value {
    let mut stage = Stage::new(builder);
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    for _ in 0..events {
        stage.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    }
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    stage.payloads(again).swap_remove(1)
}

/// P20: past the buffer, op 9.
#[test]
fn the_replay_buffer_is_finite() {
    assert_eq!(missed(builder().replay_buffer(5), 5)["t"], "TEST");
    assert_eq!(missed(builder().replay_buffer(5), 6)["op"], 9);
}

#[test]
fn by_default_it_grows_with_the_guilds() {
    assert_eq!(missed(builder().guilds(1), 100)["t"], "TEST");
    assert_eq!(missed(builder().guilds(1), 101)["op"], 9);
    assert_eq!(missed(builder().guilds(10), 750)["t"], "TEST");
    assert_eq!(missed(builder().guilds(10), 751)["op"], 9);
}

#[test]
fn the_session_is_gone_then_and_a_new_one_can_begin() {
    let mut stage = Stage::new(builder().replay_buffer(0));
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    stage.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    assert!(stage.gateway.sessions().is_empty());
    stage.wait(seconds(5));
    stage.heard(again);
    stage.send(again, &identify([0, 1], 0));
    assert_eq!(stage.names(again), ["READY"]);
}
