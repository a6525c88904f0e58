use gloaming_machine::SendKind;
use gloaming_test_support::machine::{Harness, INTERVAL, causes, is_send, sent};
use std::time::Duration;

const REQUEST: &str = r#"{"op":1,"d":null,"s":null,"t":null}"#;

#[test]
fn requested_heartbeat_keeps_the_schedule() {
    let mut harness = Harness::ready();
    let schedule = harness.deadline;
    harness.now += Duration::from_millis(5);
    let outputs = harness.payload(REQUEST);
    assert_eq!(sent(&outputs, SendKind::Heartbeat), [r#"{"op":1,"d":1}"#]);
    assert_eq!(harness.deadline, schedule);
}

#[test]
fn flood_of_requests_keeps_the_window() {
    let mut harness = Harness::ready();
    for _ in 0..1_000 {
        harness.payload(REQUEST);
    }
    let sends = |harness: &Harness| {
        harness
            .log
            .iter()
            .filter(|(_, o)| is_send(o, SendKind::Heartbeat))
            .count()
    };
    // IDENTIFY was the first of the 120, and the scheduled heartbeats keep their two.
    assert_eq!(sends(&harness), 117);
    let outputs = harness.advance_acknowledged(INTERVAL);
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat).len(),
        1,
        "the scheduled one comes in time, and answers the requests as well"
    );
    assert!(causes(&outputs).is_empty());
}
