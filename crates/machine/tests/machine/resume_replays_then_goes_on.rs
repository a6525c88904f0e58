use crate::harness::{
    Bench, MAIN, RESUME_HOST, SESSION, asks_for_permit, causes, close_codes, connects, events,
    resume_url, resumed, sent, stored_session,
};
use gloaming_machine::{
    DisconnectCause, Input, Lifecycle, Output, Rung, SendKind, Session, ShardState,
};
use std::time::Duration;

#[test]
fn a_stored_session_is_resumed_at_start() {
    let mut bench = Bench::with_session(stored_session());
    let outputs = bench.input(Input::Start);
    let url = resume_url();
    assert_eq!(connects(&outputs), [(url.as_str(), Rung::ResumeHost)]);
    bench.input(Input::Connected);
    let outputs = bench.hello();
    assert!(!asks_for_permit(&outputs), "a resume needs no permit");
    assert_eq!(
        sent(&outputs, SendKind::Resume),
        [format!(
            r#"{{"op":6,"d":{{"token":"secret","session_id":"{SESSION}","seq":7}}}}"#
        )]
    );
}

#[test]
fn a_session_without_a_resume_host_is_resumed_on_the_main_url() {
    let mut bench = Bench::with_session(Session::new(7, SESSION.to_owned()));
    let outputs = bench.input(Input::Start);
    assert_eq!(connects(&outputs)[0].1, Rung::MainHost);
}

#[test]
fn missed_events_are_delivered_in_order_and_counted() {
    let mut bench = Bench::with_session(stored_session());
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    for sequence in 8..20 {
        assert_eq!(bench.dispatch(sequence), [Output::Deliver]);
    }
    let outputs = bench.payload(&resumed(20));
    assert_eq!(
        outputs,
        [
            Output::Deliver,
            Output::Event(Lifecycle::Resumed { replayed: 12 })
        ]
    );
    assert_eq!(bench.machine.state(), ShardState::Active);
    assert_eq!(bench.sequence(), Some(20));
}

#[test]
fn the_resume_host_is_kept_after_resumed() {
    let mut bench = Bench::with_session(stored_session());
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    bench.payload(&resumed(8));
    let outputs = bench.lost();
    let url = resume_url();
    assert_eq!(connects(&outputs), [(url.as_str(), Rung::ResumeHost)]);
    assert_eq!(
        bench.machine.session().and_then(Session::resume_url),
        Some(RESUME_HOST)
    );
}

#[test]
fn op_7_a_drop_and_op_9_true_are_resumed_after() {
    type Drop = fn(&mut Bench) -> Vec<Output>;
    let drops: [(&str, Drop); 4] = [
        ("op 7", |bench| {
            let outputs = bench.payload(r#"{"op":7,"d":null}"#);
            assert_eq!(close_codes(&outputs), [4000]);
            bench.closed(4000)
        }),
        ("lost", Bench::lost),
        ("empty close frame", |bench| {
            bench.input(Input::Closed { frame: None })
        }),
        ("op 9 true", |bench| {
            let outputs = bench.payload(r#"{"op":9,"d":true}"#);
            assert_eq!(close_codes(&outputs), [4000]);
            bench.lost()
        }),
    ];
    for (name, drop) in drops {
        let mut bench = Bench::ready();
        let outputs = drop(&mut bench);
        assert_eq!(connects(&outputs).len(), 1, "{name}");
        assert_eq!(connects(&outputs)[0].1, Rung::ResumeHost, "{name}");
        bench.input(Input::Connected);
        assert_eq!(sent(&bench.hello(), SendKind::Resume).len(), 1, "{name}");
    }
}

#[test]
fn a_long_replay_is_not_cut_short() {
    let mut bench = Bench::with_session(stored_session());
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    for sequence in 8..200 {
        let outputs = bench.advance_acknowledged(Duration::from_secs(20));
        assert!(causes(&outputs).is_empty());
        bench.dispatch(sequence);
    }
}

#[test]
fn ready_in_place_of_resumed_is_a_new_session_and_a_gap() {
    let mut bench = Bench::with_session(stored_session());
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    let outputs = bench.payload(&crate::harness::ready_as("new", 1));
    assert_eq!(
        events(&outputs)[0],
        &Lifecycle::Gap {
            session_id: SESSION.into(),
            after: 7
        }
    );
    assert_eq!(bench.machine.session().map(Session::id), Some("new"));
    assert_eq!(bench.sequence(), Some(1));
}

#[test]
fn a_replayed_event_already_seen_is_not_delivered_again() {
    let mut bench = Bench::ready();
    bench.dispatch(2);
    assert_eq!(
        bench.dispatch(2),
        [Output::Event(Lifecycle::Duplicate { sequence: 2 })]
    );
    assert_eq!(bench.dispatch(3), [Output::Deliver]);
}

#[test]
fn a_hole_in_the_sequence_is_told() {
    let mut bench = Bench::ready();
    assert_eq!(
        bench.dispatch(5),
        [
            Output::Deliver,
            Output::Event(Lifecycle::Skipped { after: 1, until: 5 })
        ]
    );
}

#[test]
fn what_can_not_be_read_is_fetched_anew() {
    let mut bench = Bench::ready();
    bench.dispatch(2);
    let outputs = bench.input(Input::Unreadable);
    assert_eq!(causes(&outputs), [DisconnectCause::Unreadable]);
    assert!(outputs.contains(&Output::Disconnect));
    bench.input(Input::Connected);
    let outputs = bench.hello();
    assert!(sent(&outputs, SendKind::Resume)[0].contains(r#""seq":2"#));
}

#[test]
fn what_was_skipped_and_comes_late_is_still_delivered() {
    let mut bench = Bench::ready();
    bench.dispatch(5);
    assert_eq!(bench.dispatch(3), [Output::Deliver]);
    assert_eq!(bench.sequence(), Some(5));
    assert_eq!(
        bench.dispatch(1),
        [Output::Event(Lifecycle::Duplicate { sequence: 1 })]
    );
}

#[test]
fn a_ready_that_crosses_our_close_frame_is_resumed() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::PermitGranted);
    bench.payload(r#"{"op":7,"d":null}"#);
    bench.payload(&crate::harness::ready(1));
    assert_eq!(bench.dispatch(2), [Output::Deliver]);
    let outputs = bench.closed(4000);
    assert_eq!(connects(&outputs)[0].1, Rung::ResumeHost);
    bench.input(Input::Connected);
    let outputs = bench.hello();
    assert!(!asks_for_permit(&outputs), "no second identify");
    assert!(sent(&outputs, SendKind::Resume)[0].contains(r#""seq":2"#));
}

/// A replay that a slow consumer held up until the connection was lost: the server had the session until then, however
/// long ago it was first sought.
#[test]
fn a_replay_that_was_cut_off_is_asked_for_again() {
    let mut bench = Bench::with_session(Session::new(7, SESSION.to_owned()));
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    assert_eq!(bench.dispatch(8), [Output::Deliver]);
    bench.input(Input::ReadPaused);
    bench.advance_acknowledged(Duration::from_secs(301));
    let mut outputs = bench.lost();
    outputs.extend(bench.next_deadline());
    assert_eq!(connects(&outputs), [(MAIN, Rung::MainHost)]);
    assert_eq!(bench.sequence(), Some(8), "nothing is given up");

    // Were there no end to it, the session would be sought for as long as it takes to find that out.
    for _ in 0..2 {
        bench.input(Input::Connected);
        bench.hello();
        bench.dispatch(bench.sequence().unwrap_or_default() + 1);
        bench.lost();
        bench.next_deadline();
    }
    assert_eq!(bench.sequence(), None);
}
