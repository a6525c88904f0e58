//! A session that missed more events than its replay buffer holds can not be resumed (P20).

use gloaming_emulator::Selector;
use serde_json::json;

use crate::harness::{Harness, builder, identify, resume, seconds};

fn missed(builder: gloaming_emulator::EmulatorBuilder, events: u64) -> serde_json::Value {
    let mut harness = Harness::new(builder);
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    for _ in 0..events {
        harness.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    }
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    harness.payloads(second).swap_remove(1)
}

/// P20: op 9 if the buffer does not hold all missed events.
#[test]
fn overrun_replay_buffer_is_answered_with_op_9() {
    assert_eq!(missed(builder().replay_buffer(5), 5)["t"], "TEST");
    assert_eq!(missed(builder().replay_buffer(5), 6)["op"], 9);
}

#[test]
fn default_size_grows_with_the_guilds() {
    assert_eq!(missed(builder().guilds(1), 100)["t"], "TEST");
    assert_eq!(missed(builder().guilds(1), 101)["op"], 9);
    assert_eq!(missed(builder().guilds(10), 750)["t"], "TEST");
    assert_eq!(missed(builder().guilds(10), 751)["op"], 9);
}

#[test]
fn new_session_starts_after_an_overrun() {
    let mut harness = Harness::new(builder().replay_buffer(0));
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    harness.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    assert!(harness.gateway.sessions().is_empty());
    harness.wait(seconds(5));
    harness.received(second);
    harness.send(second, &identify([0, 1], 0));
    assert_eq!(harness.names(second), ["READY"]);
}
