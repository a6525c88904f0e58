use gloaming_emulator::{Selector, model::Mute, scenario::Impairment};
use serde_json::{Value, json};

use crate::stage::{Heard, Stage, builder, identify, resume, seconds};

fn beat(d: impl Into<Value>) -> Value {
    json!({"op": 1, "d": d.into()})
}

fn set_presence() -> Value {
    json!({"op": 3, "d": {"since": null, "activities": [], "status": "online", "afk": false}})
}

/// P6: neither op 1 nor the answer to it gets through.
#[test]
fn of_leaving_op_1_without_an_answer_on_a_half_open_connection() {
    for asked_before in [true, false] {
        let mut stage = Stage::new(builder());
        stage.start([0, 1], 0);
        let now = stage.now;
        if asked_before {
            stage.gateway.request_heartbeat(now, &Selector::All);
        }
        stage.gateway.impair(&Selector::All, Impairment::HalfOpen);
        if !asked_before {
            stage.gateway.request_heartbeat(now, &Selector::All);
        }
        stage.wait(seconds(300));
        assert!(stage.violations().is_empty(), "{asked_before}");
    }
}

/// P4: it may have been on its way for long.
#[test]
fn of_a_heartbeat_that_is_late_on_a_slow_connection() {
    let mut stage = Stage::new(builder());
    let (client, _) = stage.start([0, 1], 0);
    let slow = Impairment::Throttle {
        bytes_per_second: 1,
    };
    stage.gateway.impair(&Selector::All, slow);
    stage.wait(seconds(50));
    stage.send(client, &beat(1));
    assert!(stage.violations().is_empty());
}

/// P7: what was acked is no zombie.
#[test]
fn of_saying_goodbye_once_acks_are_back() {
    let mut stage = Stage::new(builder());
    let (client, _) = stage.start([0, 1], 0);
    stage.gateway.mute(Mute::Acks);
    stage.gateway.request_heartbeat(stage.now, &Selector::All);
    stage.send(client, &beat(1));
    stage.gateway.unmute(stage.now, Mute::Acks);
    stage.wait(seconds(41));
    stage.send(client, &beat(1));
    stage.leave(client, Some(1000));
    assert!(stage.violations().is_empty());
}

/// P13: it was not told that its session is gone, and learns it by 4003.
#[test]
fn of_a_command_without_the_session_that_was_forgotten() {
    let mut stage = Stage::new(builder());
    let (client, _) = stage.start([0, 1], 0);
    stage.gateway.forget_sessions(&Selector::All);
    stage.send(client, &set_presence());
    assert_eq!(stage.heard(client), [Heard::Close(4003)]);
    assert!(stage.violations().is_empty());
}

/// P13: a command that was on its way when op 9 came.
#[test]
fn of_a_command_that_crossed_op_9() {
    for resumable in [true, false] {
        let mut stage = Stage::new(builder());
        let (client, _) = stage.start([0, 1], 0);
        stage
            .gateway
            .invalidate(stage.now, &Selector::All, resumable);
        stage.send(client, &set_presence());
        assert_eq!(stage.heard(client).last(), Some(&Heard::Close(4003)));
        assert!(stage.violations().is_empty(), "{resumable}");
    }
}

/// Who began anew has read op 9, and has no session until READY.
#[test]
fn but_who_answered_op_9_is() {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.gateway.invalidate(stage.now, &Selector::All, true);
    stage.gateway.forget_sessions(&Selector::All);
    stage.send(client, &resume(&ready["session_id"], 1));
    stage.send(client, &set_presence());
    stage.assert_refused(client, "P13", 4003);

    let mut stage = Stage::new(builder().identify_interval(seconds(60)));
    let (client, _) = stage.start([0, 1], 0);
    stage.gateway.invalidate(stage.now, &Selector::All, false);
    stage.send(client, &identify([0, 1], 0));
    assert_eq!(stage.violations().len(), 1, "too soon, by P11");
    stage.send(client, &set_presence());
    stage.assert_refused(client, "P13", 4003);
}
