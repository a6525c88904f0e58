use gloaming_machine::{DisconnectCause, Input, Lifecycle};
use gloaming_protocol::limits::{MAX_UNREAD_WAIT, MAX_UNREAD_WAIT_FOR_HELLO};
use gloaming_test_support::machine::{Harness, INTERVAL, SESSION, causes, events, stored_session};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

#[test]
fn wait_for_the_connection_ends() {
    let mut harness = Harness::new();
    harness.input(Input::ReadPaused);
    harness.input(Input::Start);
    let outputs = harness.advance(MAX_UNREAD_WAIT_FOR_HELLO - SOON);
    assert_eq!(causes(&outputs), []);
    let outputs = harness.advance(SOON);
    assert_eq!(causes(&outputs), [DisconnectCause::ConnectTimeout]);
}

#[test]
fn wait_for_hello_ends() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.input(Input::ReadPaused);
    let outputs = harness.advance(MAX_UNREAD_WAIT_FOR_HELLO - SOON);
    assert_eq!(causes(&outputs), []);
    let outputs = harness.advance(SOON);
    assert_eq!(causes(&outputs), [DisconnectCause::HelloTimeout]);
}

#[test]
fn wait_for_resumed_ends() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::ReadPaused);
    let outputs = harness.advance_acknowledged(MAX_UNREAD_WAIT - SOON);
    assert_eq!(causes(&outputs), []);
    let outputs = harness.advance_acknowledged(SOON);
    assert_eq!(causes(&outputs), [DisconnectCause::ResumeTimeout]);
}

#[test]
fn replayed_event_begins_the_wait_for_resumed_anew() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::ReadPaused);
    harness.advance_acknowledged(MAX_UNREAD_WAIT - SOON);
    harness.dispatch(8);
    let outputs = harness.advance_acknowledged(MAX_UNREAD_WAIT - SOON);
    assert_eq!(causes(&outputs), []);
}

#[test]
fn wait_for_an_ack_ends() {
    let mut harness = Harness::ready();
    harness.input(Input::ReadPaused);
    let outputs = harness.advance(MAX_UNREAD_WAIT);
    assert_eq!(causes(&outputs), []);
    let outputs = harness.advance(INTERVAL * 2);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
}

#[test]
fn wait_for_guilds_ends() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.payload(&format!(
        r#"{{"t":"READY","s":1,"op":0,"d":{{"session_id":"{SESSION}","guilds":[{{"id":"7"}}]}}}}"#
    ));
    harness.input(Input::ReadPaused);
    let reports = |outputs: &[_]| {
        let events = events(outputs);
        let is_report = |event: &&&Lifecycle| matches!(event, Lifecycle::GuildsArrived { .. });
        events.iter().filter(is_report).count()
    };
    let outputs = harness.advance_acknowledged(MAX_UNREAD_WAIT - SOON);
    assert_eq!(reports(&outputs), 0);
    let outputs = harness.advance_acknowledged(SOON);
    assert_eq!(reports(&outputs), 1);
}
