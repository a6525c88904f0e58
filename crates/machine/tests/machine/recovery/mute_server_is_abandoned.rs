//! Every wait for a silent server ends.

use gloaming_machine::{DisconnectCause, Input, Lifecycle, Output, ShardState, StopReason};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{Effect, Harness, INTERVAL, causes, connects, stored_session};
use std::time::Duration;

#[test]
fn silent_connect_times_out() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    let outputs = harness.advance(Duration::from_secs(20));
    assert_eq!(outputs[0], Output::Disconnect { close: None });
    assert_eq!(causes(&outputs), [DisconnectCause::ConnectTimeout]);
    assert_eq!(connects(&outputs).len(), 1);
}

#[test]
fn silent_hello_times_out() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    let outputs = harness.advance(Duration::from_secs(21));
    assert_eq!(causes(&outputs), [DisconnectCause::HelloTimeout]);
}

#[test]
fn silence_after_identify_is_a_zombie() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    let outputs = harness.advance(INTERVAL * 2);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
}

#[test]
fn silent_resume_times_out() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    let outputs = harness.advance_acknowledged(Duration::from_secs(30));
    assert_eq!(causes(&outputs), [DisconnectCause::ResumeTimeout]);
}

#[test]
fn silent_close_times_out() {
    let mut harness = Harness::ready();
    harness.payload(r#"{"op":7,"d":null,"s":null,"t":null}"#);
    let moment = Duration::from_millis(1);
    assert!(harness.advance(Duration::from_secs(5) - moment).is_empty());
    let outputs = harness.advance(moment);
    assert_eq!(outputs[0], Output::Disconnect { close: None });
    assert_eq!(causes(&outputs), [DisconnectCause::ReconnectRequested]);
    assert_eq!(connects(&outputs).len(), 1);
}

#[test]
fn silent_last_close_times_out() {
    let mut harness = Harness::ready();
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    let outputs = harness.advance(Duration::from_secs(5));
    assert_eq!(causes(&outputs), [DisconnectCause::Requested]);
    assert_eq!(harness.machine.state(), ShardState::Closed);
    let reason = StopReason::Requested;
    assert_eq!(
        outputs.last(),
        Some(&Effect::Output(Output::Event(Lifecycle::Stopped {
            reason
        })))
    );
    assert_eq!(harness.deadline, None);
}
