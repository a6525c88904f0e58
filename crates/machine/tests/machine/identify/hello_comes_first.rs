use gloaming_machine::{DisconnectCause, Input, RecoveryStep, SendKind};
use gloaming_test_support::machine::{
    Harness, MAIN, asks_for_permit, causes, close_codes, connects, sent,
};
use std::time::Duration;

#[test]
fn nothing_is_sent_before_hello() {
    let mut harness = Harness::new();
    let outputs = harness.input(Input::Start);
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::Identify)]);
    let outputs = harness.input(Input::Connected);
    assert!(outputs.is_empty(), "{outputs:?}");
    let outputs = harness.hello();
    assert!(asks_for_permit(&outputs));
    let outputs = harness.input(Input::PermitGranted);
    assert_eq!(sent(&outputs, SendKind::Identify).len(), 1);
}

#[test]
fn reconnect_in_place_of_hello_reconnects_without_identify() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    let outputs = harness.payload(r#"{"op":7,"d":null,"s":null,"t":null}"#);
    assert!(!asks_for_permit(&outputs));
    assert_eq!(close_codes(&outputs), [4000]);
    let outputs = harness.closed(4000);
    assert_eq!(causes(&outputs), [DisconnectCause::ReconnectRequested]);
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::Identify)]);
    assert!(sent(&outputs, SendKind::Identify).is_empty());
}

#[test]
fn missing_hello_times_out() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    let outputs = harness.advance(Duration::from_secs(20));
    assert_eq!(causes(&outputs), [DisconnectCause::HelloTimeout]);
    assert_eq!(connects(&outputs).len(), 1, "the next attempt is under way");
}

#[test]
fn unread_hello_is_waited_for() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.input(Input::ReadPaused);
    let outputs = harness.advance(Duration::from_secs(120));
    assert!(causes(&outputs).is_empty(), "{outputs:?}");
    harness.input(Input::ReadResumed);
    let outputs = harness.advance(Duration::from_secs(20));
    assert_eq!(causes(&outputs), [DisconnectCause::HelloTimeout]);
}
