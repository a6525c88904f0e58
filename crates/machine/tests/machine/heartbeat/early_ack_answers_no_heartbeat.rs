use gloaming_machine::{DisconnectCause, SendKind};
use gloaming_test_support::machine::{Harness, INTERVAL, causes, sent};

#[test]
fn ack_before_the_first_heartbeat_does_not_count_for_it() {
    let mut harness = Harness::ready();
    harness.ack();
    let outputs = harness.advance(INTERVAL);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 1);
    let outputs = harness.advance(INTERVAL);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
}

#[test]
fn second_ack_of_a_heartbeat_does_not_count_for_the_next() {
    let mut harness = Harness::ready();
    harness.advance_acknowledged(INTERVAL * 3);
    for _ in 0..5 {
        harness.ack();
    }
    let outputs = harness.advance(INTERVAL);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 1);
    let outputs = harness.advance(INTERVAL);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
}
