use gloaming_emulator::model::ConnectionId;
use serde_json::json;

use crate::stage::{Heard, Stage, builder, seconds};

fn beat(stage: &mut Stage, client: ConnectionId, times: usize) {
    for _ in 0..times {
        stage.send(client, &json!({"op": 1, "d": null}));
    }
}

/// P22: heartbeats count too.
#[test]
fn the_121st_in_a_minute() {
    let mut stage = Stage::new(builder());
    let client = stage.connect();
    beat(&mut stage, client, 120);
    assert!(stage.violations().is_empty());
    beat(&mut stage, client, 1);
    stage.assert_refused(client, "P22", 4008);
}

#[test]
fn the_window_slides() {
    let mut stage = Stage::new(builder());
    let client = stage.connect();
    beat(&mut stage, client, 60);
    stage.wait(seconds(40));
    beat(&mut stage, client, 60);
    // The first sixty leave the window exactly a minute after they were sent.
    stage.wait(seconds(20) - std::time::Duration::from_nanos(1));
    assert!(!stage.heard(client).contains(&Heard::Close(4008)));
    stage.wait(std::time::Duration::from_nanos(1));
    beat(&mut stage, client, 60);
    assert!(stage.violations().is_empty());
    beat(&mut stage, client, 1);
    stage.assert_refused(client, "P22", 4008);
}

#[test]
fn a_fixed_minute_is_not_the_limit() {
    let mut stage = Stage::new(builder());
    let client = stage.connect();
    stage.wait(seconds(50));
    beat(&mut stage, client, 120);
    // Another minute by the clock's hand, but not a minute later.
    stage.wait(seconds(20));
    beat(&mut stage, client, 1);
    stage.assert_refused(client, "P22", 4008);
}
