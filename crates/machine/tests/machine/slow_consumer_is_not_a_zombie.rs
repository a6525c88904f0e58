use crate::harness::{Bench, INTERVAL, causes, sent, stored_session};
use gloaming_machine::{DisconnectCause, Input, SendKind, Timeouts};
use std::time::Duration;

#[test]
fn heartbeats_go_on_while_reading_is_paused() {
    let mut bench = Bench::ready();
    bench.input(Input::ReadPaused);
    let outputs = bench.advance(INTERVAL * 10);
    assert!(causes(&outputs).is_empty());
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 10);
}

#[test]
fn the_window_starts_anew_once_all_was_read() {
    let mut bench = Bench::ready();
    bench.input(Input::ReadPaused);
    bench.advance(INTERVAL * 10);
    bench.input(Input::ReadResumed);
    let outputs = bench.advance(INTERVAL);
    assert!(causes(&outputs).is_empty(), "a whole interval is granted");
    let outputs = bench.advance(INTERVAL);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
}

#[test]
fn an_acknowledgement_found_in_the_backlog_counts() {
    let mut bench = Bench::ready();
    bench.input(Input::ReadPaused);
    bench.advance(INTERVAL * 5);
    bench.ack();
    bench.input(Input::ReadResumed);
    let outputs = bench.advance_acknowledged(INTERVAL * 5);
    assert!(causes(&outputs).is_empty());
}

#[test]
fn a_machine_not_polled_for_minutes_sends_one_heartbeat_and_no_verdict() {
    let mut bench = Bench::ready();
    bench.advance(INTERVAL);
    bench.now += INTERVAL * 7;
    let outputs = bench.input(Input::Timeout);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 1);
    assert!(causes(&outputs).is_empty());
}

#[test]
fn a_hello_that_was_read_late_does_not_make_the_first_heartbeat_late() {
    for seed in 0..100 {
        let mut bench = Bench::seeded(seed);
        bench.input(Input::Start);
        bench.input(Input::Connected);
        bench.input(Input::ReadPaused);
        let opened = bench.now;
        // The server counts from when it sent HELLO, and it sends that at once (P3, P4).
        bench.advance(INTERVAL * 9 / 10);
        bench.hello();
        bench.input(Input::ReadResumed);
        bench.next_deadline();
        assert!(bench.now <= opened + INTERVAL, "seed {seed}");
    }
}

#[test]
fn an_attempt_to_connect_is_not_late_before_somebody_looked_after_it() {
    let mut bench = Bench::ready();
    bench.input(Input::ReadPaused);
    bench.lost();
    let outputs = bench.advance(INTERVAL * 10);
    assert!(causes(&outputs).is_empty());
    bench.input(Input::ReadResumed);
    let outputs = bench.advance(Timeouts::default().connect);
    assert_eq!(causes(&outputs), [DisconnectCause::ConnectTimeout]);
}

#[test]
fn nor_is_resumed_late_while_what_is_replayed_lies_unread() {
    let mut bench = Bench::with_session(stored_session());
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::ReadPaused);
    let outputs = bench.advance(Timeouts::default().resumed * 10);
    assert_eq!(causes(&outputs), []);
    bench.input(Input::ReadResumed);
    let outputs = bench.advance_acknowledged(Timeouts::default().resumed);
    assert_eq!(causes(&outputs), [DisconnectCause::ResumeTimeout]);
}

#[test]
fn waits_of_no_length_are_no_loop() {
    let mut bench = Bench::configured(|config| {
        config.timeouts.connect = Duration::ZERO;
        config.timeouts.hello = Duration::ZERO;
        config.timeouts.resumed = Duration::ZERO;
    });
    bench.input(Input::ReadPaused);
    bench.input(Input::Start);
    assert_waits(&mut bench);
    bench.input(Input::Connected);
    bench.input(Input::ReadPaused);
    assert_waits(&mut bench);
}

#[track_caller]
fn assert_waits(bench: &mut Bench) {
    bench.next_deadline();
    assert!(bench.deadline.unwrap() > bench.now);
}
