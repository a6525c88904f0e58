//! A scenario starts when it is played, and a reset ends its effects.

use gloaming_emulator::{
    model::{Host, Mute},
    scenario::{Action, Fault, Scenario, Trigger, TriggerEvent},
};
use serde_json::json;

use crate::harness::{Harness, Received, builder, seconds};

fn refusal() -> Scenario {
    let refuse = Action::Refuse {
        host: Host::Main,
        status: 503,
        duration: Some(seconds(60)),
    };
    let mute = Action::Mute {
        message: Mute::Hello,
        duration: None,
    };
    let close = Fault::new(Trigger::always(TriggerEvent::Connect), Action::Close(4000))
        .with_delay(seconds(1));
    let at = |time, action| Fault::new(Trigger::at(seconds(time)), action);
    Scenario::new("test", [at(10, refuse), at(10, mute), close])
}

/// The time of a scenario starts when it is played. A reset ends every effect of it.
#[test]
fn scenarios_start_and_reset_at_any_time() {
    let mut harness = Harness::new(builder());
    harness.wait(seconds(100));
    harness.gateway.play_scenario(harness.now, &refusal());
    harness.wait(seconds(9));
    assert_eq!(harness.gateway.refusal(Host::Main), None);
    harness.wait(seconds(1));
    assert_eq!(harness.gateway.refusal(Host::Main), Some(503));
    let waiting = harness.connect();
    assert_eq!(harness.received(waiting), []);

    harness.gateway.reset_faults(harness.now);
    assert_eq!(harness.gateway.refusal(Host::Main), None);
    assert_eq!(harness.payloads(waiting)[0]["op"], json!(10), "HELLO");
    let later = harness.connect();
    harness.wait(seconds(2));
    assert!(!harness.received(later).contains(&Received::Close(4000)));
}
