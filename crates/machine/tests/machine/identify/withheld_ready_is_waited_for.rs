use gloaming_machine::{DisconnectCause, Input, Lifecycle, SendKind};
use gloaming_test_support::machine::{Harness, INTERVAL, causes, close_codes, events, is_send};
use std::time::Duration;

fn identifying() -> Harness {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness
}

#[test]
fn acks_keep_the_wait_for_ready() {
    let mut harness = identifying();
    let outputs = harness.advance_acknowledged(Duration::from_secs(3_600));
    assert!(causes(&outputs).is_empty());
    assert!(close_codes(&outputs).is_empty());
    let identifies = harness
        .log
        .iter()
        .filter(|(_, output)| is_send(output, SendKind::Identify));
    assert_eq!(identifies.count(), 1);
    let reports = events(&outputs)
        .into_iter()
        .filter(|event| matches!(event, Lifecycle::ReadyDelayed { .. }));
    assert_eq!(reports.count(), 60, "the wait is visible");
}

#[test]
fn missing_acks_end_the_wait_for_ready() {
    let mut harness = identifying();
    harness.advance_acknowledged(Duration::from_secs(600));
    let outputs = harness.advance(INTERVAL * 2);
    assert_eq!(causes(&outputs).first(), Some(&DisconnectCause::Zombie));
}
