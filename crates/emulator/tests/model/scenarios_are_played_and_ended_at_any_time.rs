use gloaming_emulator::{
    model::{Host, Mute},
    scenario::{Action, Fault, Scenario, Trigger, TriggerEvent},
};
use serde_json::json;

use crate::stage::{Heard, Stage, builder, seconds};

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
    let at = |time, deed| Fault::new(Trigger::at(seconds(time)), deed);
    Scenario::new("test", [at(10, refuse), at(10, mute), close])
}

/// Its time begins when it is played, and nothing of what it began outlasts a calm.
#[test]
fn scenarios_are_played_and_ended_at_any_time() {
    let mut stage = Stage::new(builder());
    stage.wait(seconds(100));
    stage.gateway.play_scenario(stage.now, &refusal());
    stage.wait(seconds(9));
    assert_eq!(stage.gateway.refusal(Host::Main), None);
    stage.wait(seconds(1));
    assert_eq!(stage.gateway.refusal(Host::Main), Some(503));
    let waiting = stage.connect();
    assert_eq!(stage.heard(waiting), []);

    stage.gateway.reset_faults(stage.now);
    assert_eq!(stage.gateway.refusal(Host::Main), None);
    assert_eq!(stage.payloads(waiting)[0]["op"], json!(10), "HELLO");
    let unharmed = stage.connect();
    stage.wait(seconds(2));
    assert!(!stage.heard(unharmed).contains(&Heard::Close(4000)));
}
