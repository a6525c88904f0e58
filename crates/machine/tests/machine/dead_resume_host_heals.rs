use crate::harness::{
    Bench, MAIN, asks_for_permit, connects, events, is_send, resume_url, resumed, sent,
};
use gloaming_machine::{Input, Lifecycle, Output, Rung, SendKind, Session, Severity};
use std::time::Duration;

/// A resume host that answers 503 forever, and a healthy main host.
fn drop_with_dead_resume_host(bench: &mut Bench) -> Vec<Output> {
    let from = bench.log.len();
    let dead = resume_url();
    bench.lost();
    loop {
        let (_, last) = bench
            .log
            .iter()
            .rev()
            .find(|(_, output)| matches!(output, Output::Connect { .. }))
            .expect("there was one");
        let Output::Connect { url, .. } = last else {
            unreachable!()
        };
        if *url != dead {
            break;
        }
        bench.connect_failed();
        if !matches!(bench.log.last(), Some((_, Output::Connect { .. }))) {
            bench.next_deadline();
        }
    }
    bench.log[from..].iter().map(|(_, o)| o.clone()).collect()
}

#[test]
fn through_the_main_url_without_an_identify() {
    let mut bench = Bench::ready();
    bench.dispatch(2);
    let dropped = bench.now;
    let outputs = drop_with_dead_resume_host(&mut bench);
    let dead = resume_url();
    assert_eq!(
        connects(&outputs),
        [
            (dead.as_str(), Rung::ResumeHost),
            (dead.as_str(), Rung::ResumeHost),
            (MAIN, Rung::MainHost),
        ]
    );
    assert!(
        bench.now - dropped <= Duration::from_secs(5),
        "{:?}",
        bench.now - dropped
    );
    assert!(events(&outputs).contains(&&Lifecycle::RungExhausted {
        from: Rung::ResumeHost,
        to: Rung::MainHost
    }));

    bench.input(Input::Connected);
    let outputs = bench.hello();
    assert_eq!(sent(&outputs, SendKind::Resume).len(), 1);
    bench.payload(&resumed(3));
    let identifies = bench
        .log
        .iter()
        .filter(|(_, output)| is_send(output, SendKind::Identify));
    assert_eq!(identifies.count(), 1, "only the first one of all");
}

#[test]
fn in_bounded_time_even_if_the_resume_host_is_silent() {
    let mut bench = Bench::ready();
    let dropped = bench.now;
    bench.lost();
    while connects(&bench.log.iter().map(|(_, o)| o.clone()).collect::<Vec<_>>())
        .iter()
        .all(|(_, rung)| *rung != Rung::MainHost)
    {
        bench.next_deadline();
    }
    assert!(
        bench.now - dropped <= Duration::from_secs(42),
        "{:?}",
        bench.now - dropped
    );
}

#[test]
fn by_identifying_when_no_host_resumes() {
    let mut bench = Bench::ready();
    bench.dispatch(2);
    drop_with_dead_resume_host(&mut bench);
    let mut outputs = Vec::new();
    for _ in 0..3 {
        bench.input(Input::Connected);
        assert_eq!(sent(&bench.hello(), SendKind::Resume).len(), 1);
        outputs = bench.lost();
        if connects(&outputs).is_empty() {
            outputs.extend(bench.next_deadline());
        }
    }
    assert_eq!(connects(&outputs), [(MAIN, Rung::Identify)]);
    assert!(
        events(&outputs)
            .iter()
            .any(|event| matches!(event, Lifecycle::Gap { after: 2, .. }))
    );
    bench.input(Input::Connected);
    let outputs = bench.hello();
    assert!(asks_for_permit(&outputs));
    assert!(
        sent(&outputs, SendKind::Identify).is_empty(),
        "not without a permit"
    );
}

#[test]
fn an_outage_of_the_whole_network_does_not_cost_the_session() {
    let mut bench = Bench::ready();
    bench.lost();
    let outage = bench.now + Duration::from_secs(200);
    while bench.now < outage {
        let outputs = bench.connect_failed();
        if connects(&outputs).is_empty() {
            bench.next_deadline();
        }
    }
    bench.input(Input::Connected);
    assert_eq!(sent(&bench.hello(), SendKind::Resume).len(), 1);
}

#[test]
fn a_session_that_knows_no_resume_host_starts_on_the_main_url() {
    let mut bench = Bench::with_session(Session::new(7, "a".to_owned()));
    let outputs = bench.input(Input::Start);
    assert_eq!(connects(&outputs), [(MAIN, Rung::MainHost)]);
    let connecting = Lifecycle::Connecting {
        rung: Rung::MainHost,
        attempt: 0,
    };
    assert_eq!(events(&outputs), [&connecting], "no rung is used up");
}

#[test]
fn a_resume_url_that_is_no_url_is_skipped() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::PermitGranted);
    bench.payload(
        r#"{"t":"READY","s":1,"op":0,"d":{"session_id":"a","resume_gateway_url":"http://nope"}}"#,
    );
    assert_eq!(connects(&bench.lost()), [(MAIN, Rung::MainHost)]);
}

#[test]
fn a_resume_host_that_can_never_work_is_left_at_once() {
    let mut bench = Bench::ready();
    bench.lost();
    let outputs = bench.input(Input::ConnectFailed(Severity::Permanent));
    assert_eq!(connects(&outputs), [(MAIN, Rung::MainHost)]);
}
