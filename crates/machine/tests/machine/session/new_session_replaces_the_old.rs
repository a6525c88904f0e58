//! A session that the user gives up is ended at the server, and the shard identifies.

use gloaming_machine::{DisconnectCause, Input, Lifecycle, RecoveryStep, SendKind, ShardState};
use gloaming_test_support::machine::{
    Effect, Harness, MAIN, asks_for_permit, causes, close_codes, connects, events, ready_as, sent,
};

fn gaps(outputs: &[Effect]) -> usize {
    let is_gap = |event: &Lifecycle| matches!(event, Lifecycle::Gap { .. });
    events(outputs).iter().filter(|event| is_gap(event)).count()
}

/// Identifies on the connection that is being opened.
fn identify(harness: &mut Harness) {
    harness.input(Input::Connected);
    let outputs = harness.hello();
    assert!(asks_for_permit(&outputs), "{outputs:?}");
    assert!(sent(&outputs, SendKind::Resume).is_empty());
    let outputs = harness.input(Input::PermitGranted);
    assert_eq!(sent(&outputs, SendKind::Identify).len(), 1);
}

#[test]
fn active_session_is_ended_and_the_shard_identifies_on_the_main_host() {
    let mut harness = Harness::ready();
    let outputs = harness.input(Input::NewSession);
    assert_eq!(close_codes(&outputs), [1000]);
    assert_eq!(gaps(&outputs), 1);
    assert!(harness.machine.session().is_none());

    let outputs = harness.closed(1000);
    assert_eq!(causes(&outputs), [DisconnectCause::Requested]);
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::Identify)]);
    identify(&mut harness);
}

#[test]
fn attempt_on_the_resume_host_is_dropped() {
    let mut harness = Harness::ready();
    harness.lost();
    let outputs = harness.input(Input::NewSession);
    assert_eq!(gaps(&outputs), 1);
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::Identify)]);
    identify(&mut harness);
}

#[test]
fn session_is_dropped_while_the_shard_waits_to_connect() {
    let mut harness = Harness::ready();
    harness.lost();
    harness.connect_failed();
    let deadline = harness.machine.deadline();
    let outputs = harness.input(Input::NewSession);
    assert_eq!(gaps(&outputs), 1);
    assert_eq!(harness.machine.state_name(), "backing off");
    assert_eq!(harness.machine.deadline(), deadline);
    let outputs = harness.next_deadline();
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::Identify)]);
    identify(&mut harness);
}

#[test]
fn session_is_dropped_while_the_connection_closes() {
    let mut harness = Harness::ready();
    let outputs = harness.input(Input::Reconnect);
    assert_eq!(close_codes(&outputs), [4000]);
    let outputs = harness.input(Input::NewSession);
    assert_eq!(gaps(&outputs), 1);
    assert!(close_codes(&outputs).is_empty(), "one close frame is sent");
    let outputs = harness.closed(4000);
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::Identify)]);
}

#[test]
fn shard_that_stops_keeps_its_session() {
    let mut harness = Harness::ready();
    harness.input(Input::Shutdown(gloaming_protocol::CloseFrame::RESUME));
    let outputs = harness.input(Input::NewSession);
    assert_eq!(gaps(&outputs), 0);
    harness.closed(4000);
    assert_eq!(harness.machine.state(), ShardState::Closed);
    assert!(harness.machine.session().is_some());
}

/// READY was under way when the user gave the session up.
#[test]
fn session_whose_ready_crosses_the_close_frame_is_not_resumed() {
    for closes_before in [false, true] {
        let mut harness = Harness::new();
        harness.input(Input::Start);
        identify(&mut harness);
        if closes_before {
            harness.input(Input::Reconnect);
        }
        harness.input(Input::NewSession);
        harness.payload(&ready_as("late", 1));
        assert!(harness.machine.session().is_none());
        let outputs = harness.lost();
        assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::Identify)]);
        identify(&mut harness);
    }
}

#[test]
fn shard_that_stops_after_it_keeps_no_session() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    identify(&mut harness);
    harness.input(Input::NewSession);
    harness.input(Input::Shutdown(gloaming_protocol::CloseFrame::RESUME));
    harness.payload(&ready_as("late", 1));
    harness.lost();
    assert_eq!(harness.machine.state(), ShardState::Closed);
    assert!(harness.machine.session().is_none());
}
