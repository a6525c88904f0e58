//! A driver that does not call the machine in time is told so, with the delay.

use gloaming_machine::{Input, Lifecycle, MIN_REPORTED_DELAY};
use gloaming_test_support::machine::{Effect, Harness, events};
use std::time::Duration;

fn delays(outputs: &[Effect]) -> Vec<Duration> {
    let delay = |event: &Lifecycle| match event {
        Lifecycle::PolledLate { by } => Some(*by),
        _ => None,
    };
    events(outputs).into_iter().filter_map(delay).collect()
}

/// Calls the machine this much after the time that it waits for.
fn poll_late(harness: &mut Harness, by: Duration) -> Vec<Effect> {
    harness.now = harness.deadline.expect("it waits for a heartbeat") + by;
    harness.input(Input::Timeout)
}

#[test]
fn delay_is_reported_once_and_exactly() {
    let mut harness = Harness::ready();
    let by = Duration::from_millis(6_200);
    let outputs = poll_late(&mut harness, by);
    assert_eq!(delays(&outputs), [by]);
    let outputs = harness.input(Input::Timeout);
    assert!(delays(&outputs).is_empty());
}

#[test]
fn several_late_calls_in_a_row_are_reported_once() {
    let mut harness = Harness::ready();
    let late = Duration::from_secs(5);
    assert_eq!(delays(&poll_late(&mut harness, late)), [late]);
    harness.ack();
    assert!(delays(&poll_late(&mut harness, late)).is_empty());
    harness.ack();
    assert!(delays(&poll_late(&mut harness, Duration::ZERO)).is_empty());
    harness.ack();
    assert_eq!(delays(&poll_late(&mut harness, late)), [late]);
}

#[test]
fn small_delays_are_not_reported() {
    let mut harness = Harness::ready();
    let just_below = MIN_REPORTED_DELAY - Duration::from_millis(1);
    assert!(delays(&poll_late(&mut harness, just_below)).is_empty());

    let mut harness = Harness::ready();
    let outputs = poll_late(&mut harness, MIN_REPORTED_DELAY);
    assert_eq!(delays(&outputs), [MIN_REPORTED_DELAY]);
}

#[test]
fn stopped_machine_reports_nothing() {
    let mut harness = Harness::ready();
    let waited_for = harness.deadline.unwrap();
    harness.input(Input::Shutdown(gloaming_protocol::CloseFrame::NORMAL));
    harness.closed(1000);
    harness.now = waited_for + Duration::from_secs(3_600);
    let outputs = harness.input(Input::Timeout);
    assert!(delays(&outputs).is_empty());
}
