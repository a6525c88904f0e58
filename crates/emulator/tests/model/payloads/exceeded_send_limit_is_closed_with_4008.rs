//! More than 120 payloads in any 60 seconds are closed with 4008 (P22).

use gloaming_emulator::model::ConnectionId;
use serde_json::json;

use crate::harness::{Harness, Received, builder, seconds};

fn send_heartbeats(harness: &mut Harness, client: ConnectionId, times: usize) {
    for _ in 0..times {
        harness.send(client, &json!({"op": 1, "d": null}));
    }
}

/// P22: heartbeats count too.
#[test]
fn payload_121_in_a_minute_is_closed_with_4008() {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    send_heartbeats(&mut harness, client, 120);
    assert!(harness.violations().is_empty());
    send_heartbeats(&mut harness, client, 1);
    harness.assert_refused(client, "P22", 4008);
}

#[test]
fn window_slides() {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    send_heartbeats(&mut harness, client, 60);
    harness.wait(seconds(40));
    send_heartbeats(&mut harness, client, 60);
    // The first 60 leave the window exactly 60 seconds after they were sent.
    harness.wait(seconds(20) - std::time::Duration::from_nanos(1));
    assert!(!harness.received(client).contains(&Received::Close(4008)));
    harness.wait(std::time::Duration::from_nanos(1));
    send_heartbeats(&mut harness, client, 60);
    assert!(harness.violations().is_empty());
    send_heartbeats(&mut harness, client, 1);
    harness.assert_refused(client, "P22", 4008);
}

#[test]
fn window_is_not_aligned_to_the_minute() {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    harness.wait(seconds(50));
    send_heartbeats(&mut harness, client, 120);
    // The minute of the clock changed, but 60 seconds have not passed.
    harness.wait(seconds(20));
    send_heartbeats(&mut harness, client, 1);
    harness.assert_refused(client, "P22", 4008);
}
