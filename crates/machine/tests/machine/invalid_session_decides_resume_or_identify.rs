use crate::harness::{
    Bench, MAIN, SESSION, asks_for_permit, causes, connects, events, sent, stored_session,
};
use gloaming_machine::{DisconnectCause, Input, Lifecycle, Output, Resumable, Rung, SendKind};
use std::time::Duration;

#[test]
fn false_identifies_on_the_main_url_after_one_to_five_seconds() {
    for seed in 0..100 {
        let mut bench = Bench::build(|_| {}, Some(stored_session()), seed);
        bench.input(Input::Start);
        bench.input(Input::Connected);
        bench.hello();
        bench.payload(r#"{"op":9,"d":false,"s":null,"t":null}"#);
        let outputs = bench.lost();
        assert!(events(&outputs).contains(&&Lifecycle::Gap {
            session_id: SESSION.into(),
            after: 7
        }));
        assert!(connects(&outputs).is_empty());
        let from = bench.now;
        let outputs = bench.next_deadline();
        let waited = bench.now - from;
        let allowed = Duration::from_secs(1)..=Duration::from_secs(5);
        assert!(allowed.contains(&waited), "seed {seed}: {waited:?}");
        assert_eq!(connects(&outputs), [(MAIN, Rung::Identify)]);
        bench.input(Input::Connected);
        assert!(asks_for_permit(&bench.hello()));
    }
}

#[test]
fn false_after_identify_asks_for_another_permit_on_another_connection() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::PermitGranted);
    let outputs = bench.payload(r#"{"op":9,"d":false}"#);
    assert!(sent(&outputs, SendKind::Identify).is_empty());
    bench.lost();
    bench.next_deadline();
    bench.input(Input::Connected);
    let outputs = bench.hello();
    assert!(asks_for_permit(&outputs));
    assert!(sent(&outputs, SendKind::Identify).is_empty());
}

#[test]
fn true_for_ever_ends_in_an_identify() {
    let mut bench = Bench::with_session(stored_session());
    bench.input(Input::Start);
    let mut resumes = 0;
    for _ in 0..20 {
        bench.input(Input::Connected);
        let outputs = bench.hello();
        if asks_for_permit(&outputs) {
            assert_eq!(resumes, 5, "two on the resume host, three on the main host");
            return;
        }
        resumes += sent(&outputs, SendKind::Resume).len();
        bench.payload(r#"{"op":9,"d":true}"#);
        if !bench
            .lost()
            .iter()
            .any(|o| matches!(o, Output::Connect { .. }))
        {
            bench.next_deadline();
        }
    }
    panic!("the shard never identified");
}

#[test]
fn an_op_9_that_crossed_our_close_frame_counts() {
    let mut bench = Bench::ready();
    bench.input(Input::Reconnect);
    bench.payload(r#"{"op":9,"d":false}"#);
    let outputs = bench.closed(4000);
    let cause = DisconnectCause::SessionInvalid {
        resumable: Resumable::No,
    };
    assert_eq!(causes(&outputs), [cause]);
    assert!(connects(&outputs).is_empty(), "a second or more first");
    assert!(bench.machine.session().is_none());
}
