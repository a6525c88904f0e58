use gloaming_machine::{
    DisconnectCause, GapCause, Input, Lifecycle, Output, RecoveryStep, SendKind, Session,
    ShardState,
};
use gloaming_test_support::machine::{
    Effect, Harness, MAIN, RESUME_HOST, SESSION, asks_for_permit, causes, close_codes, connects,
    disconnects, events, resume_url, resumed, sent, stored_session,
};
use std::time::Duration;

#[test]
fn stored_session_is_resumed_at_start() {
    let mut harness = Harness::with_session(stored_session());
    let outputs = harness.input(Input::Start);
    let url = resume_url();
    assert_eq!(
        connects(&outputs),
        [(url.as_str(), RecoveryStep::ResumeHost)]
    );
    harness.input(Input::Connected);
    let outputs = harness.hello();
    assert!(!asks_for_permit(&outputs), "a resume needs no permit");
    assert_eq!(
        sent(&outputs, SendKind::Resume),
        [format!(
            r#"{{"op":6,"d":{{"token":"secret","session_id":"{SESSION}","seq":7}}}}"#
        )]
    );
}

#[test]
fn session_without_a_resume_host_is_resumed_on_the_main_url() {
    let mut harness = Harness::with_session(Session::new(7, SESSION.to_owned()));
    let outputs = harness.input(Input::Start);
    assert_eq!(connects(&outputs)[0].1, RecoveryStep::MainHost);
}

#[test]
fn missed_events_are_delivered_in_order_and_counted() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    for sequence in 8..20 {
        assert_eq!(harness.dispatch(sequence), [Output::Deliver]);
    }
    let outputs = harness.payload(&resumed(20));
    assert_eq!(
        outputs,
        [
            Output::Deliver,
            Output::Event(Lifecycle::Resumed { replayed: 12 })
        ]
    );
    assert_eq!(harness.machine.state(), ShardState::Active);
    assert_eq!(harness.sequence(), Some(20));
}

#[test]
fn resume_host_is_kept_after_resumed() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.payload(&resumed(8));
    let outputs = harness.lost();
    let url = resume_url();
    assert_eq!(
        connects(&outputs),
        [(url.as_str(), RecoveryStep::ResumeHost)]
    );
    assert_eq!(
        harness.machine.session().and_then(Session::resume_url),
        Some(RESUME_HOST)
    );
}

#[test]
fn op_7_a_drop_and_op_9_true_are_resumed_after() {
    type Drop = fn(&mut Harness) -> Vec<Effect>;
    let drops: [(&str, Drop); 4] = [
        ("op 7", |harness| {
            let outputs = harness.payload(r#"{"op":7,"d":null}"#);
            assert_eq!(close_codes(&outputs), [4000]);
            harness.closed(4000)
        }),
        ("lost", Harness::lost),
        ("empty close frame", |harness| {
            harness.input(Input::Closed { frame: None })
        }),
        ("op 9 true", |harness| {
            let outputs = harness.payload(r#"{"op":9,"d":true}"#);
            assert_eq!(close_codes(&outputs), [4000]);
            harness.lost()
        }),
    ];
    for (name, drop) in drops {
        let mut harness = Harness::ready();
        let outputs = drop(&mut harness);
        assert_eq!(connects(&outputs).len(), 1, "{name}");
        assert_eq!(connects(&outputs)[0].1, RecoveryStep::ResumeHost, "{name}");
        harness.input(Input::Connected);
        assert_eq!(sent(&harness.hello(), SendKind::Resume).len(), 1, "{name}");
    }
}

#[test]
fn long_replay_does_not_time_out() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    for sequence in 8..200 {
        let outputs = harness.advance_acknowledged(Duration::from_secs(20));
        assert!(causes(&outputs).is_empty());
        harness.dispatch(sequence);
    }
}

#[test]
fn ready_in_place_of_resumed_reports_a_gap() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    let outputs = harness.payload(&gloaming_test_support::machine::ready_as("new", 1));
    assert_eq!(
        events(&outputs)[0],
        &Lifecycle::Gap {
            session_id: SESSION.into(),
            after: 7,
            cause: GapCause::SessionLost,
        }
    );
    assert_eq!(harness.machine.session().map(Session::id), Some("new"));
    assert_eq!(harness.sequence(), Some(1));
}

#[test]
fn replayed_duplicate_is_not_delivered() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    assert_eq!(
        harness.dispatch(2),
        [Output::Event(Lifecycle::Duplicate { sequence: 2 })]
    );
    assert_eq!(harness.dispatch(3), [Output::Deliver]);
}

#[test]
fn skipped_sequence_is_reported() {
    let mut harness = Harness::ready();
    assert_eq!(
        harness.dispatch(5),
        [
            Output::Deliver,
            Output::Event(Lifecycle::Skipped { after: 1, until: 5 })
        ]
    );
}

#[test]
fn unreadable_message_is_replayed() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    let outputs = harness.input(Input::Unreadable);
    assert_eq!(causes(&outputs), [DisconnectCause::Unreadable]);
    assert!(disconnects(&outputs));
    harness.input(Input::Connected);
    let outputs = harness.hello();
    assert!(sent(&outputs, SendKind::Resume)[0].contains(r#""seq":2"#));
}

#[test]
fn late_event_is_still_delivered() {
    let mut harness = Harness::ready();
    harness.dispatch(5);
    assert_eq!(harness.dispatch(3), [Output::Deliver]);
    assert_eq!(harness.sequence(), Some(5));
    assert_eq!(
        harness.dispatch(1),
        [Output::Event(Lifecycle::Duplicate { sequence: 1 })]
    );
}

#[test]
fn ready_that_crosses_the_close_frame_is_resumed() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.payload(r#"{"op":7,"d":null}"#);
    harness.payload(&gloaming_test_support::machine::ready(1));
    assert_eq!(harness.dispatch(2), [Output::Deliver]);
    let outputs = harness.closed(4000);
    assert_eq!(connects(&outputs)[0].1, RecoveryStep::ResumeHost);
    harness.input(Input::Connected);
    let outputs = harness.hello();
    assert!(!asks_for_permit(&outputs), "no second identify");
    assert!(sent(&outputs, SendKind::Resume)[0].contains(r#""seq":2"#));
}

/// A replay that a slow consumer held up until the connection was lost: the server had the session until then, however
/// long ago it was first sought.
#[test]
fn interrupted_replay_is_requested_again() {
    let mut harness = Harness::with_session(Session::new(7, SESSION.to_owned()));
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    assert_eq!(harness.dispatch(8), [Output::Deliver]);
    harness.input(Input::ReadPaused);
    harness.advance_acknowledged(Duration::from_secs(301));
    let mut outputs = harness.lost();
    outputs.extend(harness.next_deadline());
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::MainHost)]);
    assert_eq!(harness.sequence(), Some(8), "nothing is given up");

    // Not all was read, so that it was no failed try. Those that follow are. Were there no end to it, the session would be
    // sought for as long as it takes to find that out.
    for _ in 0..3 {
        harness.input(Input::Connected);
        harness.hello();
        harness.dispatch(harness.sequence().unwrap_or_default() + 1);
        harness.lost();
        harness.next_deadline();
    }
    assert_eq!(harness.sequence(), None);
}
