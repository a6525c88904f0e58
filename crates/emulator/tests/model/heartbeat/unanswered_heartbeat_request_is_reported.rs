//! A heartbeat request without an answer is reported (P6).

use gloaming_emulator::{Selector, ViolationResponse};

use crate::harness::{Harness, builder, seconds};

/// P6: the answer is due at once.
#[test]
fn unanswered_heartbeat_request_is_reported() {
    let mut harness = Harness::new(builder());
    harness.start([0, 1], 0);
    harness
        .gateway
        .request_heartbeat(harness.now, &Selector::All);
    harness.wait(seconds(4));
    assert!(harness.violations().is_empty());
    harness.wait(seconds(1));
    assert_eq!(harness.violations(), [("P6", ViolationResponse::Recorded)]);
}
