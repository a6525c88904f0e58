use gloaming_machine::{Input, Lifecycle, Output, RecoveryStep, SendKind, Session};
use gloaming_test_support::machine::{
    Effect, Harness, MAIN, asks_for_permit, connects, events, is_send, resume_url, resumed, sent,
};
use std::time::Duration;

/// A resume host that answers 503 forever, and a healthy main host.
fn drop_with_dead_resume_host(harness: &mut Harness) -> Vec<Effect> {
    let from = harness.log.len();
    let dead = resume_url();
    harness.lost();
    loop {
        let (_, last) = harness
            .log
            .iter()
            .rev()
            .find(|(_, output)| matches!(output, Effect::Output(Output::Connect { .. })))
            .expect("there was one");
        let Effect::Output(Output::Connect { url, .. }) = last else {
            unreachable!()
        };
        if url.as_str() != dead {
            break;
        }
        harness.connect_failed();
        if !matches!(
            harness.log.last(),
            Some((_, Effect::Output(Output::Connect { .. })))
        ) {
            harness.next_deadline();
        }
    }
    harness.log[from..].iter().map(|(_, o)| o.clone()).collect()
}

#[test]
fn main_url_resumes_without_identify() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    let dropped = harness.now;
    let outputs = drop_with_dead_resume_host(&mut harness);
    let dead = resume_url();
    assert_eq!(
        connects(&outputs),
        [
            (dead.as_str(), RecoveryStep::ResumeHost),
            (dead.as_str(), RecoveryStep::ResumeHost),
            (MAIN, RecoveryStep::MainHost),
        ]
    );
    assert!(
        harness.now - dropped <= Duration::from_secs(5),
        "{:?}",
        harness.now - dropped
    );
    assert!(
        events(&outputs).contains(&&Lifecycle::RecoveryStepExhausted {
            from: RecoveryStep::ResumeHost,
            to: RecoveryStep::MainHost
        })
    );

    harness.input(Input::Connected);
    let outputs = harness.hello();
    assert_eq!(sent(&outputs, SendKind::Resume).len(), 1);
    harness.payload(&resumed(3));
    let identifies = harness
        .log
        .iter()
        .filter(|(_, output)| is_send(output, SendKind::Identify));
    assert_eq!(identifies.count(), 1, "only the first one of all");
}

#[test]
fn main_host_follows_the_last_try_at_once() {
    let mut harness = Harness::ready();
    harness.lost();
    let outputs = harness.connect_failed();
    assert!(
        connects(&outputs).is_empty(),
        "the same host is not asked again at once"
    );
    harness.next_deadline();
    let outputs = harness.connect_failed();
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::MainHost)]);
}

#[test]
fn silent_resume_host_heals_in_bounded_time() {
    let mut harness = Harness::ready();
    let dropped = harness.now;
    harness.lost();
    while connects(
        &harness
            .log
            .iter()
            .map(|(_, o)| o.clone())
            .collect::<Vec<_>>(),
    )
    .iter()
    .all(|(_, step)| *step != RecoveryStep::MainHost)
    {
        harness.next_deadline();
    }
    assert!(
        harness.now - dropped <= Duration::from_secs(42),
        "{:?}",
        harness.now - dropped
    );
}

#[test]
fn identify_follows_when_no_host_resumes() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    drop_with_dead_resume_host(&mut harness);
    let mut outputs = Vec::new();
    for _ in 0..3 {
        harness.input(Input::Connected);
        assert_eq!(sent(&harness.hello(), SendKind::Resume).len(), 1);
        outputs = harness.lost();
        if connects(&outputs).is_empty() {
            outputs.extend(harness.next_deadline());
        }
    }
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::Identify)]);
    assert!(
        events(&outputs)
            .iter()
            .any(|event| matches!(event, Lifecycle::Gap { after: 2, .. }))
    );
    harness.input(Input::Connected);
    let outputs = harness.hello();
    assert!(asks_for_permit(&outputs));
    assert!(
        sent(&outputs, SendKind::Identify).is_empty(),
        "not without a permit"
    );
}

#[test]
fn network_outage_keeps_the_session() {
    let mut harness = Harness::ready();
    harness.lost();
    let outage = harness.now + Duration::from_secs(200);
    while harness.now < outage {
        let outputs = harness.connect_failed();
        if connects(&outputs).is_empty() {
            harness.next_deadline();
        }
    }
    harness.input(Input::Connected);
    assert_eq!(sent(&harness.hello(), SendKind::Resume).len(), 1);
}

#[test]
fn session_without_a_resume_host_starts_on_the_main_url() {
    let mut harness = Harness::with_session(Session::new(7, "a".to_owned()));
    let outputs = harness.input(Input::Start);
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::MainHost)]);
    let connecting = Lifecycle::Connecting {
        step: RecoveryStep::MainHost,
        attempt: 0,
    };
    assert_eq!(events(&outputs), [&connecting], "no step is used up");
}

#[test]
fn invalid_resume_url_is_not_kept() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.payload(
        r#"{"t":"READY","s":1,"op":0,"d":{"session_id":"a","resume_gateway_url":"http://nope"}}"#,
    );
    assert_eq!(harness.machine.session().unwrap().resume_url(), None);
    assert_eq!(connects(&harness.lost()), [(MAIN, RecoveryStep::MainHost)]);
}

#[test]
fn permanent_failure_skips_the_resume_host() {
    let mut harness = Harness::ready();
    harness.lost();
    let outputs = harness.connect_rejected();
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::MainHost)]);
}

fn names_a_resume_host(harness: &Harness) -> bool {
    let session = harness.machine.session();
    session.is_some_and(|session| session.resume_url().is_some())
}

/// Not by the next recovery, and not by a process that is given the stored session.
#[test]
fn dead_resume_host_is_not_tried_again() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    assert!(names_a_resume_host(&harness));
    drop_with_dead_resume_host(&mut harness);
    assert!(!names_a_resume_host(&harness), "before RESUMED");
    harness.input(Input::Connected);
    harness.hello();
    harness.payload(&resumed(3));
    assert!(!names_a_resume_host(&harness));
    let mut outputs = harness.lost();
    if connects(&outputs).is_empty() {
        outputs = harness.next_deadline();
    }
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::MainHost)]);
    let session = harness.machine.session().cloned().unwrap();
    assert_eq!(session.sequence(), 3);
    let mut next = Harness::with_session(session);
    let outputs = next.input(Input::Start);
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::MainHost)]);
}

#[test]
fn resume_host_with_a_permanent_failure_is_not_tried_again() {
    let mut harness = Harness::ready();
    harness.lost();
    harness.connect_rejected();
    assert!(!names_a_resume_host(&harness));
}

/// A failure of one try says little about the host.
#[test]
fn resume_host_that_fails_once_is_kept() {
    let mut harness = Harness::ready();
    harness.lost();
    harness.connect_failed();
    assert!(names_a_resume_host(&harness));
}
