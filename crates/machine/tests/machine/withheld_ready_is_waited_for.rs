use crate::harness::{Bench, INTERVAL, causes, close_codes, events, is_send};
use gloaming_machine::{DisconnectCause, Input, Lifecycle, SendKind};
use std::time::Duration;

fn identifying() -> Bench {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::PermitGranted);
    bench
}

#[test]
fn while_heartbeats_are_acknowledged() {
    let mut bench = identifying();
    let outputs = bench.advance_acknowledged(Duration::from_secs(3_600));
    assert!(causes(&outputs).is_empty());
    assert!(close_codes(&outputs).is_empty());
    let identifies = bench
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
fn but_not_once_they_are_not() {
    let mut bench = identifying();
    bench.advance_acknowledged(Duration::from_secs(600));
    let outputs = bench.advance(INTERVAL * 2);
    assert_eq!(causes(&outputs).first(), Some(&DisconnectCause::Zombie));
}
