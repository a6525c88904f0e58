use gloaming_machine::{DisconnectCause, Input, RecoveryStep, SendKind};
use gloaming_test_support::machine::{
    Harness, INTERVAL, SESSION, causes, close_codes, connects, disconnects, resume_url, sent,
};

#[test]
fn close_code_keeps_the_session() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    let outputs = harness.advance(INTERVAL * 2);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 1);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
    assert_eq!(close_codes(&outputs), [4000]);
    assert!(disconnects(&outputs));
    let url = resume_url();
    assert_eq!(
        connects(&outputs),
        [(url.as_str(), RecoveryStep::ResumeHost)]
    );

    harness.input(Input::Connected);
    let outputs = harness.hello();
    assert_eq!(
        sent(&outputs, SendKind::Resume),
        [format!(
            r#"{{"op":6,"d":{{"token":"secret","session_id":"{SESSION}","seq":2}}}}"#
        )]
    );
}

#[test]
fn acks_keep_the_connection() {
    let mut harness = Harness::ready();
    let outputs = harness.advance_acknowledged(INTERVAL * 1_000);
    assert!(causes(&outputs).is_empty());
}

#[test]
fn events_do_not_replace_acks() {
    let mut harness = Harness::ready();
    let mut sequence = 1;
    let mut outputs = Vec::new();
    for _ in 0..90 {
        outputs.extend(harness.advance(std::time::Duration::from_secs(1)));
        sequence += 1;
        outputs.extend(harness.dispatch(sequence));
        harness.input(Input::ReadPaused);
        harness.input(Input::ReadResumed);
    }
    assert_eq!(causes(&outputs).first(), Some(&DisconnectCause::Zombie));
}
