use crate::stage::{Stage, builder, identify, resume};

/// P13.
#[test]
fn a_second_identify_is_closed_with_4005() {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.send(client, &identify([0, 1], 0));
    stage.assert_refused(client, "P13", 4005);
    // The session stays and can be resumed.
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    assert_eq!(stage.names(again), ["RESUMED"]);
}

#[test]
fn so_is_a_resume_after_it() {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.send(client, &resume(&ready["session_id"], 1));
    stage.assert_refused(client, "P13", 4005);
}
