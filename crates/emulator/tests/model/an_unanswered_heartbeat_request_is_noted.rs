use gloaming_emulator::{Selector, ViolationResponse};

use crate::stage::{Stage, builder, seconds};

/// P6: at once.
#[test]
fn an_unanswered_heartbeat_request_is_noted() {
    let mut stage = Stage::new(builder());
    stage.start([0, 1], 0);
    stage.gateway.request_heartbeat(stage.now, &Selector::All);
    stage.wait(seconds(4));
    assert!(stage.violations().is_empty());
    stage.wait(seconds(1));
    assert_eq!(stage.violations(), [("P6", ViolationResponse::Recorded)]);
}
