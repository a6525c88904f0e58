use gloaming_machine::{
    DisconnectCause, GapCause, Input, Lifecycle, Output, Session, ShardState, StopReason,
};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{
    Effect, Harness, RESUME_HOST, SESSION, close_codes, connects, events, has, ready, ready_as,
    resumed, stored_session,
};

/// Op 9: this session is no more.
const INVALID: &str = r#"{"op":9,"d":false}"#;

#[test]
fn normal_and_going_away_end_the_session() {
    for code in [1000, 1001] {
        let mut harness = Harness::ready();
        let outputs = harness.input(Input::Shutdown(CloseFrame::new(code, "bye")));
        assert_eq!(close_codes(&outputs), [code]);
        harness.closed(code);
        assert!(harness.machine.session().is_none());
        assert_eq!(harness.machine.state(), ShardState::Closed);
    }
}

#[test]
fn other_codes_keep_the_session() {
    let mut harness = Harness::ready();
    harness.input(Input::Shutdown(CloseFrame::RESUME));
    assert_eq!(
        harness.dispatch(2),
        [Output::Deliver],
        "what is still under way is delivered"
    );
    let outputs = harness.closed(4000);
    assert_eq!(
        events(&outputs),
        [
            &Lifecycle::Disconnected {
                cause: DisconnectCause::Requested,
                frame: Some(CloseFrame::new(4000, "")),
            },
            &Lifecycle::Stopped {
                reason: StopReason::Requested
            }
        ]
    );
    assert_eq!(harness.machine.session().map(Session::sequence), Some(2));
    assert!(connects(&outputs).is_empty());
}

#[test]
fn duplicates_while_closing_are_delivered_once() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    let outputs = harness.dispatch(2);
    assert_eq!(
        outputs,
        [Output::Event(Lifecycle::Duplicate { sequence: 2 })],
        "it was delivered before the close frame"
    );
    assert_eq!(harness.dispatch(3), [Output::Deliver]);
    let outputs = harness.dispatch(3);
    assert_eq!(
        outputs,
        [Output::Event(Lifecycle::Duplicate { sequence: 3 })]
    );
}

#[test]
fn skips_after_a_late_ready_are_reported() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    harness.payload(&ready(1));
    let outputs = harness.dispatch(3);
    let skipped = Lifecycle::Skipped { after: 1, until: 3 };
    assert_eq!(outputs, [Output::Deliver, Output::Event(skipped)]);
}

#[test]
fn session_that_begins_while_closing_is_kept() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.input(Input::Shutdown(CloseFrame::RESUME));
    let outputs = harness.payload(&ready(1));
    assert_eq!(outputs[0], Output::Deliver);
    assert!(matches!(events(&outputs)[..], [Lifecycle::Ready { .. }]));
    assert_eq!(harness.dispatch(2), [Output::Deliver]);
    harness.closed(4000);
    assert_eq!(harness.machine.state(), ShardState::Closed);
    let session = harness.machine.session().expect("it can be resumed");
    assert_eq!((session.id(), session.sequence()), (SESSION, 2));
    assert_eq!(session.resume_url(), Some(RESUME_HOST));
}

#[test]
fn session_resumed_while_closing_is_kept() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::Shutdown(CloseFrame::RESUME));
    assert_eq!(harness.dispatch(8), [Output::Deliver]);
    assert_eq!(harness.payload(&resumed(9)), [Output::Deliver]);
    harness.closed(4000);
    assert_eq!(harness.machine.state(), ShardState::Closed);
    assert_eq!(harness.sequence(), Some(9));
}

#[test]
fn shutdown_during_a_reconnect_keeps_the_session() {
    let mut harness = Harness::ready();
    harness.input(Input::Reconnect);
    let outputs = harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert!(outputs.is_empty(), "one frame is enough");
    harness.payload(&ready_as("another", 5));
    harness.closed(4000);
    assert_eq!(harness.machine.state(), ShardState::Closed);
    let session = harness.machine.session().expect("it was not ended");
    assert_eq!((session.id(), session.sequence()), ("another", 5));
}

/// What the server says about the session counts even if a close is in progress.
#[test]
fn session_ended_by_the_server_is_not_kept() {
    let mut before = Harness::ready();
    before.payload(INVALID);
    before.input(Input::Shutdown(CloseFrame::RESUME));
    before.closed(4000);

    let mut crossing = Harness::ready();
    crossing.input(Input::Shutdown(CloseFrame::RESUME));
    crossing.payload(INVALID);
    crossing.closed(4000);

    let mut by_code = Harness::ready();
    by_code.input(Input::Shutdown(CloseFrame::RESUME));
    by_code.closed(4007);

    let mut refused = Harness::ready();
    refused.payload(INVALID);
    refused.closed(4012);

    let gap = Lifecycle::Gap {
        session_id: SESSION.into(),
        after: 1,
        cause: GapCause::SessionLost,
    };
    for harness in [before, crossing, by_code, refused] {
        assert!(harness.machine.session().is_none());
        let told = harness.log.iter().map(|(_, output)| output.clone());
        let told: Vec<Effect> = told.collect();
        assert_eq!(events(&told).iter().filter(|it| ***it == gap).count(), 1);
        assert!(harness.machine.is_stopped());
    }
}

#[test]
fn resumable_session_is_kept() {
    for payload in [r#"{"op":9,"d":true}"#, r#"{"op":7,"d":null}"#] {
        let mut harness = Harness::ready();
        harness.input(Input::Shutdown(CloseFrame::RESUME));
        harness.payload(payload);
        harness.closed(4000);
        assert_eq!(harness.sequence(), Some(1), "{payload}");
    }
}

#[test]
fn first_close_frame_counts() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    harness.payload(&ready(1));
    harness.closed(1000);
    assert!(harness.machine.session().is_none());
}

#[test]
fn shutdown_without_a_connection_stops_at_once() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    let outputs = harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(outputs[0], Output::Disconnect { close: None });
    assert_eq!(harness.machine.state(), ShardState::Closed);

    let mut harness = Harness::new();
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(harness.machine.state(), ShardState::Closed);
}

#[test]
fn shutdown_cancels_the_permit() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    let outputs = harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert!(has(&outputs, &Output::CancelPermit));
}

#[test]
fn late_permit_is_returned() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.lost();
    assert_eq!(harness.input(Input::PermitGranted), [Output::CancelPermit]);
}

#[test]
fn stopped_machine_stays_stopped() {
    let mut harness = Harness::ready();
    harness.closed(4004);
    for input in [
        Input::Start,
        Input::Connected,
        Input::Timeout,
        Input::Lost,
        Input::Reconnect,
        Input::Shutdown(CloseFrame::NORMAL),
        Input::PermitRefused { retry_in: None },
        Input::Unreadable,
    ] {
        let outputs = harness.input(input);
        assert!(outputs.is_empty(), "{outputs:?}");
    }
    assert_eq!(harness.machine.state(), ShardState::FatallyClosed);
}

#[test]
fn requested_reconnect_resumes() {
    let mut harness = Harness::ready();
    let outputs = harness.input(Input::Reconnect);
    assert_eq!(close_codes(&outputs), [4000]);
    assert_eq!(connects(&harness.closed(4000)).len(), 1);
    assert!(harness.machine.session().is_some());
}

#[test]
fn an_op_7_that_crossed_our_close_frame_changes_nothing() {
    let mut harness = Harness::ready();
    harness.input(Input::Reconnect);
    let outputs = harness.payload(r#"{"op":7,"d":null}"#);
    assert_eq!(outputs, [Output::Deliver], "one frame is enough");
}
