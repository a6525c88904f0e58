//! Violations of the rules for connections are reported without a close (P1, P3, P14).

use gloaming_emulator::{ViolationResponse, model::Host};

use crate::harness::{Harness, QUERY, builder, identify, resume, seconds};

/// P1: the same query on every connection of a session.
#[test]
fn resume_with_another_query_is_reported() {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    let second = harness.connect_to(Host::Resume, "v=10&encoding=json&compress=zlib-stream");
    harness.send(second, &resume(&ready["session_id"], 1));
    assert_eq!(harness.names(second), ["RESUMED"]);
    assert_eq!(harness.violations(), [("P1", ViolationResponse::Recorded)]);
}

/// P14: the resume host does not take IDENTIFY, unless it sent op 9 before.
#[test]
fn identify_on_the_resume_host_is_reported() {
    let mut harness = Harness::new(builder());
    let client = harness.connect_to(Host::Resume, QUERY);
    harness.send(client, &identify([0, 1], 0));
    assert_eq!(harness.names(client), ["READY"]);
    assert_eq!(harness.violations(), [("P14", ViolationResponse::Recorded)]);

    harness.wait(seconds(5));
    let client = harness.connect_to(Host::Resume, QUERY);
    harness.send(client, &resume(&"gone".into(), 1));
    harness.send(client, &identify([0, 1], 0));
    assert_eq!(harness.names(client), ["READY"]);
    assert_eq!(harness.violations().len(), 1);
}

/// P3.
#[test]
fn identify_before_hello_is_reported() {
    let mut harness = Harness::new(builder());
    harness.gateway.mute(gloaming_emulator::model::Mute::Hello);
    let client = harness.connect();
    harness.send(client, &identify([0, 1], 0));
    assert_eq!(harness.names(client), ["READY"]);
    assert_eq!(harness.violations(), [("P3", ViolationResponse::Recorded)]);
}
