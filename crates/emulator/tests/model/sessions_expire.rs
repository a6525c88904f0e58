use crate::stage::{Stage, builder, resume, seconds};

fn resumed_after(time: std::time::Duration) -> bool {
    let mut stage = Stage::new(builder().session_lifetime(seconds(60)));
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    stage.wait(time);
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    stage.payloads(again)[1]["t"] == "RESUMED"
}

/// P19: a session without a connection is kept for a while.
#[test]
fn sessions_expire() {
    assert!(resumed_after(seconds(59)));
    assert!(!resumed_after(seconds(60)));
}

#[test]
fn being_back_stops_the_clock() {
    let mut stage = Stage::new(builder().session_lifetime(seconds(30)));
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    stage.wait(seconds(20));
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    stage.wait_beating(again, seconds(100));
    assert_eq!(stage.gateway.sessions().len(), 1);
}
