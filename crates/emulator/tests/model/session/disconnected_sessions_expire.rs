//! A session without a connection expires (P19).

use crate::harness::{Harness, builder, resume, seconds};

fn resumed_after(time: std::time::Duration) -> bool {
    let mut harness = Harness::new(builder().session_lifetime(seconds(60)));
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    harness.wait(time);
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    harness.payloads(second)[1]["t"] == "RESUMED"
}

/// P19: a session without a connection is kept for a limited time.
#[test]
fn disconnected_session_expires() {
    assert!(resumed_after(seconds(59)));
    assert!(!resumed_after(seconds(60)));
}

#[test]
fn connected_session_does_not_expire() {
    let mut harness = Harness::new(builder().session_lifetime(seconds(30)));
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    harness.wait(seconds(20));
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    harness.wait_with_heartbeats(second, seconds(100));
    assert_eq!(harness.gateway.sessions().len(), 1);
}
