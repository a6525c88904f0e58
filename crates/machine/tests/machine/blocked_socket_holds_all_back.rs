//! A transport that takes nothing more is handed nothing more.

use crate::{
    harness::{
        Bench, INTERVAL, causes, close_codes, is_send, outcomes, ready, resumed, sent,
        stored_session,
    },
    police::assert_window,
};
use gloaming_machine::{
    CommandOutcome, DisconnectCause, Input, Output, SendKind, ShardState, Timeouts,
};
use gloaming_protocol::CloseFrame;
use std::time::{Duration, Instant};

fn is_any_send(output: &Output) -> bool {
    matches!(output, Output::Send { .. })
}

fn sends(outputs: &[Output]) -> usize {
    outputs.iter().filter(|output| is_any_send(output)).count()
}

/// A bench whose consumer is slow, so that no verdict falls, and whose transport takes nothing.
fn stalled() -> Bench {
    let mut bench = Bench::ready();
    bench.input(Input::ReadPaused);
    bench.input(Input::WriteBlocked);
    bench
}

#[test]
fn commands_wait_until_it_takes_more() {
    let mut bench = stalled();
    assert_eq!(bench.machine.available_commands(bench.now), 0);
    let (id, outputs) = bench.command("{}");
    assert_eq!(outputs, []);
    let outputs = bench.advance(Timeouts::default().command / 2);
    assert_eq!(sends(&outputs), 0);
    assert_eq!(outcomes(&outputs), []);

    let outputs = bench.input(Input::WriteReady);
    assert_eq!(sent(&outputs, SendKind::Command), ["{}"]);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn or_until_they_expire() {
    let mut bench = stalled();
    let (id, _) = bench.command("{}");
    let outputs = bench.advance(Timeouts::default().command);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Expired)]);
    assert_eq!(sends(&outputs), 0);
}

#[test]
fn one_that_is_full_after_a_command_gets_no_other() {
    let mut bench = Bench::ready();
    bench.input(Input::WriteBlocked);
    for _ in 0..10 {
        bench.command("{}");
    }
    for left in (0..10).rev() {
        // The transport has room for a single message.
        bench.machine.handle_input(bench.now, Input::WriteReady);
        assert!(is_send(&bench.machine.poll_output(), SendKind::Command));
        let outputs = bench.input(Input::WriteBlocked);
        assert_eq!(outcomes(&outputs).len(), 1);
        assert_eq!(sends(&outputs), 0);
        assert_eq!(bench.machine.queued_commands(), left);
    }
}

#[test]
fn of_the_heartbeats_that_fall_due_one_is_kept() {
    let mut bench = stalled();
    let outputs = bench.advance(INTERVAL * 10);
    assert_eq!(sends(&outputs), 0);
    bench.dispatch(2);
    let outputs = bench.input(Input::WriteReady);
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat),
        [r#"{"op":1,"d":2}"#],
        "with the sequence of now"
    );
    let outputs = bench.advance(INTERVAL * 10);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 10);
}

#[test]
fn a_heartbeat_that_was_kept_gets_an_interval_to_be_acknowledged() {
    let mut bench = Bench::ready();
    let outputs = bench.advance_acknowledged(INTERVAL);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 1);
    bench.input(Input::WriteBlocked);
    // One falls due, and goes out a moment before the next.
    let due = bench.deadline.unwrap();
    bench.advance(due + INTERVAL - bench.now - Duration::from_millis(20));
    assert_eq!(sends(&bench.input(Input::WriteReady)), 1);
    let outputs = bench.advance(Duration::from_millis(100));
    assert_eq!(causes(&outputs), []);
    bench.ack();
    assert_eq!(causes(&bench.advance_acknowledged(INTERVAL * 5)), []);
}

#[test]
fn a_reader_that_has_caught_up_takes_it_for_a_zombie() {
    let mut bench = Bench::ready();
    bench.input(Input::WriteBlocked);
    let outputs = bench.advance(INTERVAL * 2);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
    assert_eq!(close_codes(&outputs), [CloseFrame::RESUME.code]);
    assert_eq!(sends(&outputs), 0);
}

#[test]
fn a_reader_that_catches_up_first_gives_it_an_interval() {
    let mut bench = stalled();
    bench.advance(INTERVAL * 10);
    bench.input(Input::ReadResumed);
    assert_eq!(causes(&bench.advance(INTERVAL)), []);
    let outputs = bench.advance(INTERVAL);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
}

#[test]
fn identify_waits_for_it_and_its_permit_is_given_back_if_it_never_does() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::WriteBlocked);
    assert_eq!(sends(&bench.input(Input::PermitGranted)), 0);
    let outputs = bench.payload(r#"{"op":7,"d":null}"#);
    assert!(outputs.contains(&Output::CancelPermit));
    assert_eq!(sends(&bench.input(Input::WriteReady)), 0);

    bench.closed(4000);
    bench.advance(Duration::from_secs(60));
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::WriteBlocked);
    assert_eq!(sends(&bench.input(Input::PermitGranted)), 0);
    let outputs = bench.input(Input::WriteReady);
    assert_eq!(sent(&outputs, SendKind::Identify).len(), 1);
    bench.payload(&ready(1));
    assert_eq!(bench.machine.state(), ShardState::Active);
}

#[test]
fn resume_waits_for_it_no_longer_than_for_an_answer() {
    let hello = || {
        let mut bench = Bench::with_session(stored_session());
        bench.input(Input::Start);
        bench.input(Input::Connected);
        bench.input(Input::WriteBlocked);
        assert_eq!(sends(&bench.hello()), 0);
        bench
    };
    let wait = Timeouts::default().resumed;
    let mut bench = hello();
    let outputs = bench.advance(wait);
    assert_eq!(causes(&outputs), [DisconnectCause::ResumeTimeout]);

    // Sent late, it may be answered late.
    let mut bench = hello();
    bench.advance(wait - Duration::from_secs(1));
    let outputs = bench.input(Input::WriteReady);
    assert_eq!(sent(&outputs, SendKind::Resume).len(), 1);
    bench.advance_acknowledged(wait - Duration::from_secs(1));
    bench.payload(&resumed(8));
    assert_eq!(bench.machine.state(), ShardState::Active);
}

#[test]
fn close_frames_do_not_wait() {
    let mut bench = stalled();
    let outputs = bench.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(close_codes(&outputs), [1000]);
    let outputs = bench.advance(Timeouts::default().close);
    assert!(outputs.contains(&Output::Disconnect));
    assert!(bench.machine.is_stopped());
}

#[test]
fn another_connection_starts_afresh() {
    let mut bench = stalled();
    let (id, _) = bench.command("{}");
    bench.lost();
    bench.input(Input::Connected);
    assert_eq!(sent(&bench.hello(), SendKind::Resume).len(), 1);
    let outputs = bench.payload(&resumed(2));
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn what_was_stuck_counts_from_when_it_comes_out() {
    let mut bench = Bench::ready();
    bench.input(Input::ReadPaused);
    let mut stalls = Vec::new();
    for stall in 1..=20 {
        bench.advance(Duration::from_secs(stall * 11 % 70));
        for _ in 0..60 {
            bench.command("{}");
        }
        let began = bench.now;
        bench.input(Input::WriteBlocked);
        bench.advance(Duration::from_secs(stall * 17 % 90 + 1));
        bench.input(Input::WriteReady);
        stalls.push((began, bench.now));
    }
    // What was sent at the moment that a stall began is what it held up.
    let arrival = |sent: Instant| {
        let stall = stalls.iter().find(|(began, _)| *began == sent);
        stall.map_or(sent, |(_, ended)| *ended)
    };
    let arrivals: Vec<_> = bench
        .log
        .iter()
        .filter(|(_, output)| is_any_send(output))
        .map(|(time, _)| arrival(*time))
        .collect();
    assert!(arrivals.len() > 800, "{}", arrivals.len());
    assert!(arrivals.is_sorted());
    assert_window(&arrivals, "stalls");
}
