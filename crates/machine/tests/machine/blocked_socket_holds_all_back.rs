//! A transport that takes nothing more is handed nothing more.

use gloaming_machine::{
    CommandOutcome, DisconnectCause, Input, Output, SendKind, ShardState, Timeouts,
};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{
    Harness, INTERVAL, assert_window, causes, close_codes, is_send, outcomes, ready, resumed, sent,
    stored_session,
};
use std::time::{Duration, Instant};

fn is_any_send(output: &Output) -> bool {
    matches!(output, Output::Send { .. })
}

fn sends(outputs: &[Output]) -> usize {
    outputs.iter().filter(|output| is_any_send(output)).count()
}

/// A harness whose consumer is slow, so that no verdict falls, and whose transport takes nothing.
fn stalled() -> Harness {
    let mut harness = Harness::ready();
    harness.input(Input::ReadPaused);
    harness.input(Input::WriteBlocked);
    harness
}

#[test]
fn commands_wait_until_it_takes_more() {
    let mut harness = stalled();
    assert_eq!(harness.machine.available_commands(harness.now), 0);
    let (id, outputs) = harness.command("{}");
    assert_eq!(outputs, []);
    let outputs = harness.advance(Timeouts::default().command / 2);
    assert_eq!(sends(&outputs), 0);
    assert_eq!(outcomes(&outputs), []);

    let outputs = harness.input(Input::WriteReady);
    assert_eq!(sent(&outputs, SendKind::Command), ["{}"]);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn or_until_they_expire() {
    let mut harness = stalled();
    let (id, _) = harness.command("{}");
    let outputs = harness.advance(Timeouts::default().command);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Expired)]);
    assert_eq!(sends(&outputs), 0);
}

#[test]
fn one_that_is_full_after_a_command_gets_no_other() {
    let mut harness = Harness::ready();
    harness.input(Input::WriteBlocked);
    for _ in 0..10 {
        harness.command("{}");
    }
    for left in (0..10).rev() {
        // The transport has room for a single message.
        harness.machine.handle_input(harness.now, Input::WriteReady);
        assert!(is_send(&harness.machine.poll_output(), SendKind::Command));
        let outputs = harness.input(Input::WriteBlocked);
        assert_eq!(outcomes(&outputs).len(), 1);
        assert_eq!(sends(&outputs), 0);
        assert_eq!(harness.machine.queued_commands(), left);
    }
}

#[test]
fn of_the_heartbeats_that_fall_due_one_is_kept() {
    let mut harness = stalled();
    let outputs = harness.advance(INTERVAL * 10);
    assert_eq!(sends(&outputs), 0);
    harness.dispatch(2);
    let outputs = harness.input(Input::WriteReady);
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat),
        [r#"{"op":1,"d":2}"#],
        "with the sequence of now"
    );
    let outputs = harness.advance(INTERVAL * 10);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 10);
}

#[test]
fn a_heartbeat_that_was_kept_gets_an_interval_to_be_acknowledged() {
    let mut harness = Harness::ready();
    let outputs = harness.advance_acknowledged(INTERVAL);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 1);
    harness.input(Input::WriteBlocked);
    // One falls due, and goes out a moment before the next.
    let due = harness.deadline.unwrap();
    harness.advance(due + INTERVAL - harness.now - Duration::from_millis(20));
    assert_eq!(sends(&harness.input(Input::WriteReady)), 1);
    let outputs = harness.advance(Duration::from_millis(100));
    assert_eq!(causes(&outputs), []);
    harness.ack();
    assert_eq!(causes(&harness.advance_acknowledged(INTERVAL * 5)), []);
}

#[test]
fn a_reader_that_has_caught_up_takes_it_for_a_zombie() {
    let mut harness = Harness::ready();
    harness.input(Input::WriteBlocked);
    let outputs = harness.advance(INTERVAL * 2);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
    assert_eq!(close_codes(&outputs), [CloseFrame::RESUME.code]);
    assert_eq!(sends(&outputs), 0);
}

#[test]
fn a_reader_that_catches_up_first_gives_it_an_interval() {
    let mut harness = stalled();
    harness.advance(INTERVAL * 10);
    harness.input(Input::ReadResumed);
    assert_eq!(causes(&harness.advance(INTERVAL)), []);
    let outputs = harness.advance(INTERVAL);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
}

#[test]
fn identify_waits_for_it_and_its_permit_is_given_back_if_it_never_does() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::WriteBlocked);
    assert_eq!(sends(&harness.input(Input::PermitGranted)), 0);
    let outputs = harness.payload(r#"{"op":7,"d":null}"#);
    assert!(outputs.contains(&Output::CancelPermit));
    assert_eq!(sends(&harness.input(Input::WriteReady)), 0);

    harness.closed(4000);
    harness.advance(Duration::from_secs(60));
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::WriteBlocked);
    assert_eq!(sends(&harness.input(Input::PermitGranted)), 0);
    let outputs = harness.input(Input::WriteReady);
    assert_eq!(sent(&outputs, SendKind::Identify).len(), 1);
    harness.payload(&ready(1));
    assert_eq!(harness.machine.state(), ShardState::Active);
}

#[test]
fn resume_waits_for_it_no_longer_than_for_an_answer() {
    let hello = || {
        let mut harness = Harness::with_session(stored_session());
        harness.input(Input::Start);
        harness.input(Input::Connected);
        harness.input(Input::WriteBlocked);
        assert_eq!(sends(&harness.hello()), 0);
        harness
    };
    let wait = Timeouts::default().resumed;
    let mut harness = hello();
    let outputs = harness.advance(wait);
    assert_eq!(causes(&outputs), [DisconnectCause::ResumeTimeout]);

    // Sent late, it may be answered late.
    let mut harness = hello();
    harness.advance(wait - Duration::from_secs(1));
    let outputs = harness.input(Input::WriteReady);
    assert_eq!(sent(&outputs, SendKind::Resume).len(), 1);
    harness.advance_acknowledged(wait - Duration::from_secs(1));
    harness.payload(&resumed(8));
    assert_eq!(harness.machine.state(), ShardState::Active);
}

#[test]
fn close_frames_do_not_wait() {
    let mut harness = stalled();
    let outputs = harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(close_codes(&outputs), [1000]);
    let outputs = harness.advance(Timeouts::default().close);
    assert!(outputs.contains(&Output::Disconnect));
    assert!(harness.machine.is_stopped());
}

#[test]
fn another_connection_starts_afresh() {
    let mut harness = stalled();
    let (id, _) = harness.command("{}");
    harness.lost();
    harness.input(Input::Connected);
    assert_eq!(sent(&harness.hello(), SendKind::Resume).len(), 1);
    let outputs = harness.payload(&resumed(2));
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn what_was_stuck_counts_from_when_it_comes_out() {
    let mut harness = Harness::ready();
    harness.input(Input::ReadPaused);
    let mut stalls = Vec::new();
    for stall in 1..=20 {
        harness.advance(Duration::from_secs(stall * 11 % 70));
        for _ in 0..60 {
            harness.command("{}");
        }
        let began = harness.now;
        harness.input(Input::WriteBlocked);
        harness.advance(Duration::from_secs(stall * 17 % 90 + 1));
        harness.input(Input::WriteReady);
        stalls.push((began, harness.now));
    }
    // What was sent at the moment that a stall began is what it held up.
    let arrival = |sent: Instant| {
        let stall = stalls.iter().find(|(began, _)| *began == sent);
        stall.map_or(sent, |(_, ended)| *ended)
    };
    let arrivals: Vec<_> = harness
        .log
        .iter()
        .filter(|(_, output)| is_any_send(output))
        .map(|(time, _)| arrival(*time))
        .collect();
    assert!(arrivals.len() > 800, "{}", arrivals.len());
    assert!(arrivals.is_sorted());
    assert_window(&arrivals, "stalls");
}
