use gloaming_machine::{DisconnectCause, Input, SendKind, Timeouts};
use gloaming_test_support::machine::{Harness, INTERVAL, causes, sent, stored_session};
use std::time::Duration;

#[test]
fn heartbeats_go_on_while_reading_is_paused() {
    let mut harness = Harness::ready();
    harness.input(Input::ReadPaused);
    let outputs = harness.advance(INTERVAL * 10);
    assert!(causes(&outputs).is_empty());
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 10);
}

#[test]
fn verdict_restarts_once_the_backlog_is_read() {
    let mut harness = Harness::ready();
    harness.input(Input::ReadPaused);
    harness.advance(INTERVAL * 10);
    harness.input(Input::ReadResumed);
    let outputs = harness.advance(INTERVAL);
    assert!(causes(&outputs).is_empty(), "a whole interval is granted");
    let outputs = harness.advance(INTERVAL);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
}

#[test]
fn ack_in_the_backlog_counts() {
    let mut harness = Harness::ready();
    harness.input(Input::ReadPaused);
    harness.advance(INTERVAL * 5);
    harness.ack();
    harness.input(Input::ReadResumed);
    let outputs = harness.advance_acknowledged(INTERVAL * 5);
    assert!(causes(&outputs).is_empty());
}

#[test]
fn unpolled_machine_sends_one_heartbeat() {
    let mut harness = Harness::ready();
    harness.advance(INTERVAL);
    harness.now += INTERVAL * 7;
    let outputs = harness.input(Input::Timeout);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 1);
    assert!(causes(&outputs).is_empty());
}

#[test]
fn late_hello_does_not_delay_the_first_heartbeat() {
    for seed in 0..100 {
        let mut harness = Harness::seeded(seed);
        harness.input(Input::Start);
        harness.input(Input::Connected);
        harness.input(Input::ReadPaused);
        let opened = harness.now;
        // The server counts from when it sent HELLO, and it sends that at once (P3, P4).
        harness.advance(INTERVAL * 9 / 10);
        harness.hello();
        harness.input(Input::ReadResumed);
        harness.next_deadline();
        assert!(harness.now <= opened + INTERVAL, "seed {seed}");
    }
}

#[test]
fn unpolled_connect_does_not_time_out() {
    let mut harness = Harness::ready();
    harness.input(Input::ReadPaused);
    harness.lost();
    let outputs = harness.advance(INTERVAL * 10);
    assert!(causes(&outputs).is_empty());
    harness.input(Input::ReadResumed);
    let outputs = harness.advance(Timeouts::default().connect);
    assert_eq!(causes(&outputs), [DisconnectCause::ConnectTimeout]);
}

#[test]
fn unread_replay_does_not_time_out() {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::ReadPaused);
    let outputs = harness.advance(Timeouts::default().resumed * 10);
    assert_eq!(causes(&outputs), []);
    harness.input(Input::ReadResumed);
    let outputs = harness.advance_acknowledged(Timeouts::default().resumed);
    assert_eq!(causes(&outputs), [DisconnectCause::ResumeTimeout]);
}

#[test]
fn zero_waits_do_not_loop() {
    let mut harness = Harness::configured(|config| {
        config.timeouts.connect = Duration::ZERO;
        config.timeouts.hello = Duration::ZERO;
        config.timeouts.resumed = Duration::ZERO;
    });
    harness.input(Input::ReadPaused);
    harness.input(Input::Start);
    assert_waits(&mut harness);
    harness.input(Input::Connected);
    harness.input(Input::ReadPaused);
    assert_waits(&mut harness);
}

#[track_caller]
fn assert_waits(harness: &mut Harness) {
    harness.next_deadline();
    assert!(harness.deadline.unwrap() > harness.now);
}
