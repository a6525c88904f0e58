use gloaming_machine::{Input, SendKind};
use gloaming_test_support::machine::{Harness, INTERVAL, sent};
use std::time::Duration;

#[test]
fn null_without_a_sequence() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    let outputs = harness.advance(INTERVAL);
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat),
        [r#"{"op":1,"d":null}"#]
    );
}

#[test]
fn last_sequence_counts_even_of_unknown_events() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    harness.payload(r#"{"t":"A_NAME_NOBODY_KNOWS","s":3,"op":0,"d":[1,{"s":99}]}"#);
    let outputs = harness.advance(INTERVAL - Duration::from_millis(1));
    assert_eq!(sent(&outputs, SendKind::Heartbeat), [r#"{"op":1,"d":3}"#]);
}

#[test]
fn null_on_a_connection_without_a_session() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    harness.closed(4009);
    harness.input(Input::Connected);
    harness.hello();
    let outputs = harness.advance(INTERVAL - Duration::from_millis(1));
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat),
        [r#"{"op":1,"d":null}"#]
    );
}

#[test]
fn sequence_of_a_connection_that_never_had_a_session_is_not_kept() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    // A dispatch of no session, while a permit is awaited.
    harness.dispatch(5);
    let outputs = harness.advance(INTERVAL);
    assert_eq!(sent(&outputs, SendKind::Heartbeat), [r#"{"op":1,"d":5}"#]);
    harness.lost();
    harness.input(Input::Connected);
    harness.hello();
    let outputs = harness.advance(INTERVAL);
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat),
        [r#"{"op":1,"d":null}"#]
    );
}
