use gloaming_machine::{
    DisconnectCause, GapCause, Input, Lifecycle, Output, RecoveryStep, Resumable, SendKind,
};
use gloaming_test_support::machine::{
    Effect, Harness, MAIN, SESSION, asks_for_permit, causes, connects, events, sent, stored_session,
};
use std::time::Duration;

#[test]
fn false_identifies_after_one_to_five_seconds() {
    for seed in 0..100 {
        let mut harness = Harness::build(|_| {}, Some(stored_session()), seed);
        harness.input(Input::Start);
        harness.input(Input::Connected);
        harness.hello();
        harness.payload(r#"{"op":9,"d":false,"s":null,"t":null}"#);
        let outputs = harness.lost();
        assert!(events(&outputs).contains(&&Lifecycle::Gap {
            session_id: SESSION.into(),
            after: 7,
            cause: GapCause::SessionLost,
        }));
        assert!(connects(&outputs).is_empty());
        let from = harness.now;
        let outputs = harness.next_deadline();
        let waited = harness.now - from;
        let allowed = Duration::from_secs(1)..=Duration::from_secs(5);
        assert!(allowed.contains(&waited), "seed {seed}: {waited:?}");
        assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::Identify)]);
        harness.input(Input::Connected);
        assert!(asks_for_permit(&harness.hello()));
    }
}

#[test]
fn false_after_identify_requests_another_permit() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    let outputs = harness.payload(r#"{"op":9,"d":false}"#);
    assert!(sent(&outputs, SendKind::Identify).is_empty());
    harness.lost();
    harness.next_deadline();
    harness.input(Input::Connected);
    let outputs = harness.hello();
    assert!(asks_for_permit(&outputs));
    assert!(sent(&outputs, SendKind::Identify).is_empty());
}

#[test]
fn repeated_true_ends_in_an_identify() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    let mut resumes = 0;
    for _ in 0..20 {
        harness.input(Input::Connected);
        let outputs = harness.hello();
        if asks_for_permit(&outputs) {
            assert_eq!(resumes, 5, "two on the resume host, three on the main host");
            return;
        }
        resumes += sent(&outputs, SendKind::Resume).len();
        harness.payload(r#"{"op":9,"d":true}"#);
        if !harness
            .lost()
            .iter()
            .any(|o| matches!(o, Effect::Output(Output::Connect { .. })))
        {
            harness.next_deadline();
        }
    }
    panic!("the shard never identified");
}

#[test]
fn an_op_9_that_crossed_our_close_frame_counts() {
    let mut harness = Harness::ready();
    harness.input(Input::Reconnect);
    harness.payload(r#"{"op":9,"d":false}"#);
    let outputs = harness.closed(4000);
    let cause = DisconnectCause::SessionInvalid {
        resumable: Resumable::No,
    };
    assert_eq!(causes(&outputs), [cause]);
    assert!(connects(&outputs).is_empty(), "a second or more first");
    assert!(harness.machine.session().is_none());
}
