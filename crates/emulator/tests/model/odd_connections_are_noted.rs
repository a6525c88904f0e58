use gloaming_emulator::{ViolationResponse, model::Host};

use crate::stage::{QUERY, Stage, builder, identify, resume, seconds};

/// P1: the same query on every connection of a session.
#[test]
fn a_resume_with_another_query() {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    let again = stage.connect_to(Host::Resume, "v=10&encoding=json&compress=zlib-stream");
    stage.send(again, &resume(&ready["session_id"], 1));
    assert_eq!(stage.names(again), ["RESUMED"]);
    assert_eq!(stage.violations(), [("P1", ViolationResponse::Recorded)]);
}

/// P14: the host for resuming is not for IDENTIFY, unless op 9 came there.
#[test]
fn an_identify_on_the_host_for_resuming() {
    let mut stage = Stage::new(builder());
    let client = stage.connect_to(Host::Resume, QUERY);
    stage.send(client, &identify([0, 1], 0));
    assert_eq!(stage.names(client), ["READY"]);
    assert_eq!(stage.violations(), [("P14", ViolationResponse::Recorded)]);

    stage.wait(seconds(5));
    let client = stage.connect_to(Host::Resume, QUERY);
    stage.send(client, &resume(&"gone".into(), 1));
    stage.send(client, &identify([0, 1], 0));
    assert_eq!(stage.names(client), ["READY"]);
    assert_eq!(stage.violations().len(), 1);
}

/// P3.
#[test]
fn an_identify_before_hello() {
    let mut stage = Stage::new(builder());
    stage.gateway.mute(gloaming_emulator::model::Mute::Hello);
    let client = stage.connect();
    stage.send(client, &identify([0, 1], 0));
    assert_eq!(stage.names(client), ["READY"]);
    assert_eq!(stage.violations(), [("P3", ViolationResponse::Recorded)]);
}
