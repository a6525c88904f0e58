//! A violation that the client can not avoid, because of a fault, is not reported.

use gloaming_emulator::{Selector, model::Mute, scenario::Impairment};
use serde_json::{Value, json};

use crate::harness::{Harness, Received, builder, identify, resume, seconds};

fn heartbeat(d: impl Into<Value>) -> Value {
    json!({"op": 1, "d": d.into()})
}

fn set_presence() -> Value {
    json!({"op": 3, "d": {"since": null, "activities": [], "status": "online", "afk": false}})
}

/// P6: neither op 1 nor its answer is delivered.
#[test]
fn unanswered_op_1_on_a_half_open_connection() {
    for requested_before in [true, false] {
        let mut harness = Harness::new(builder());
        harness.start([0, 1], 0);
        let now = harness.now;
        if requested_before {
            harness.gateway.request_heartbeat(now, &Selector::All);
        }
        harness.gateway.impair(&Selector::All, Impairment::HalfOpen);
        if !requested_before {
            harness.gateway.request_heartbeat(now, &Selector::All);
        }
        harness.wait(seconds(300));
        assert!(harness.violations().is_empty(), "{requested_before}");
    }
}

/// P4: the heartbeat may have been delayed by the connection.
#[test]
fn late_heartbeat_on_a_slow_connection() {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], 0);
    let slow = Impairment::Throttle {
        bytes_per_second: 1,
    };
    harness.gateway.impair(&Selector::All, slow);
    harness.wait(seconds(50));
    harness.send(client, &heartbeat(1));
    assert!(harness.violations().is_empty());
}

/// P7: a connection with ACKs is not a zombie.
#[test]
fn close_with_1000_after_acks_return() {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], 0);
    harness.gateway.mute(Mute::Acks);
    harness
        .gateway
        .request_heartbeat(harness.now, &Selector::All);
    harness.send(client, &heartbeat(1));
    harness.gateway.unmute(harness.now, Mute::Acks);
    harness.wait(seconds(41));
    harness.send(client, &heartbeat(1));
    harness.disconnect(client, Some(1000));
    assert!(harness.violations().is_empty());
}

/// P13: close code 4003 is the first notice that the session is gone.
#[test]
fn command_of_a_forgotten_session() {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], 0);
    harness.gateway.forget_sessions(&Selector::All);
    harness.send(client, &set_presence());
    assert_eq!(harness.received(client), [Received::Close(4003)]);
    assert!(harness.violations().is_empty());
}

/// P13: the client sent the command before it received op 9.
#[test]
fn command_sent_before_op_9_arrived() {
    for resumable in [true, false] {
        let mut harness = Harness::new(builder());
        let (client, _) = harness.start([0, 1], 0);
        harness
            .gateway
            .invalidate(harness.now, &Selector::All, resumable);
        harness.send(client, &set_presence());
        assert_eq!(
            harness.received(client).last(),
            Some(&Received::Close(4003))
        );
        assert!(harness.violations().is_empty(), "{resumable}");
    }
}

/// A client that answers op 9 has read it, and has no session until READY.
#[test]
fn command_after_an_answer_to_op_9_is_reported() {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness
        .gateway
        .invalidate(harness.now, &Selector::All, true);
    harness.gateway.forget_sessions(&Selector::All);
    harness.send(client, &resume(&ready["session_id"], 1));
    harness.send(client, &set_presence());
    harness.assert_refused(client, "P13", 4003);

    let mut harness = Harness::new(builder().identify_interval(seconds(60)));
    let (client, _) = harness.start([0, 1], 0);
    harness
        .gateway
        .invalidate(harness.now, &Selector::All, false);
    harness.send(client, &identify([0, 1], 0));
    assert_eq!(
        harness.violations().len(),
        1,
        "P11: the IDENTIFY is too early"
    );
    harness.send(client, &set_presence());
    harness.assert_refused(client, "P13", 4003);
}
