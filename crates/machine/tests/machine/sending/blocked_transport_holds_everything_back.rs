//! Nothing is decided for a transport without room: commands, heartbeats, IDENTIFY and RESUME wait.

use gloaming_machine::{
    CommandOutcome, DisconnectCause, Input, Output, SendKind, ShardState, Timeouts, Transmit,
};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{
    Effect, Harness, INTERVAL, assert_window, causes, close_codes, has, outcomes, ready, resumed,
    sent, stored_session,
};
use std::time::{Duration, Instant};

fn is_any_send(output: &Effect) -> bool {
    matches!(output, Effect::Transmit(Transmit::Message { .. }))
}

fn sends(outputs: &[Effect]) -> usize {
    outputs.iter().filter(|output| is_any_send(output)).count()
}

/// A harness whose consumer is slow, so that missing ACKs are no verdict, and whose transport has no room.
fn stalled() -> Harness {
    let mut harness = Harness::ready();
    harness.input(Input::ReadPaused);
    harness.block();
    harness
}

#[test]
fn commands_wait_for_room() {
    let mut harness = stalled();
    let (id, outputs) = harness.command("{}");
    assert!(outputs.is_empty(), "{outputs:?}");
    let outputs = harness.advance(Timeouts::default().command / 2);
    assert_eq!(sends(&outputs), 0);
    assert_eq!(outcomes(&outputs), []);

    let outputs = harness.unblock();
    assert_eq!(sent(&outputs, SendKind::Command), ["{}"]);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn no_command_is_available_until_frames_are_flushed() {
    let mut harness = Harness::ready();
    let available = harness.machine.available_commands(harness.now);
    harness.hold_writes();
    let (id, outputs) = harness.command("{}");
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
    assert_eq!(harness.machine.available_commands(harness.now), 0);
    harness.unblock();
    assert_eq!(
        harness.machine.available_commands(harness.now),
        available - 1
    );
}

#[test]
fn commands_expire_without_room() {
    let mut harness = stalled();
    let (id, _) = harness.command("{}");
    let outputs = harness.advance(Timeouts::default().command);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Expired)]);
    assert_eq!(sends(&outputs), 0);
}

#[test]
fn room_for_one_frame_is_filled_with_one() {
    let mut harness = Harness::ready();
    harness.block();
    for _ in 0..10 {
        harness.command("{}");
    }
    for left in (0..10).rev() {
        let outputs = harness.unblock_for_one();
        assert_eq!(outcomes(&outputs).len(), 1);
        assert_eq!(sent(&outputs, SendKind::Command), ["{}"]);
        assert_eq!(harness.machine.queued_commands(), left);
    }
}

#[test]
fn one_heartbeat_stands_for_all_that_fell_due() {
    let mut harness = stalled();
    let outputs = harness.advance(INTERVAL * 10);
    assert_eq!(sends(&outputs), 0);
    harness.dispatch(2);
    let outputs = harness.unblock();
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat),
        [r#"{"op":1,"d":2}"#],
        "with the sequence of now"
    );
    let outputs = harness.advance(INTERVAL * 10);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 10);
}

#[test]
fn a_late_heartbeat_gets_a_whole_interval_for_its_ack() {
    let mut harness = Harness::ready();
    let outputs = harness.advance_acknowledged(INTERVAL);
    assert_eq!(sent(&outputs, SendKind::Heartbeat).len(), 1);
    harness.block();
    // One falls due, and goes out a moment before the next.
    let due = harness.deadline.unwrap();
    harness.advance(due + INTERVAL - harness.now - Duration::from_millis(20));
    assert_eq!(sends(&harness.unblock()), 1);
    let outputs = harness.advance(Duration::from_millis(100));
    assert_eq!(causes(&outputs), []);
    harness.ack();
    assert_eq!(causes(&harness.advance_acknowledged(INTERVAL * 5)), []);
}

#[test]
fn a_blocked_socket_without_a_backlog_is_a_zombie() {
    let mut harness = Harness::ready();
    harness.block();
    let outputs = harness.advance(INTERVAL * 2);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
    assert_eq!(close_codes(&outputs), [CloseFrame::RESUME.code]);
    assert_eq!(sends(&outputs), 0);
}

#[test]
fn reading_the_backlog_restarts_the_verdict() {
    let mut harness = stalled();
    harness.advance(INTERVAL * 10);
    harness.input(Input::ReadResumed);
    assert_eq!(causes(&harness.advance(INTERVAL)), []);
    let outputs = harness.advance(INTERVAL);
    assert_eq!(causes(&outputs), [DisconnectCause::Zombie]);
}

#[test]
fn identify_waits_for_room_and_returns_its_permit_if_it_gets_none() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.block();
    assert_eq!(sends(&harness.input(Input::PermitGranted)), 0);
    let outputs = harness.payload(r#"{"op":7,"d":null}"#);
    assert!(has(&outputs, &Output::CancelPermit));
    assert_eq!(sends(&harness.unblock()), 0);

    harness.closed(4000);
    harness.advance(Duration::from_secs(60));
    harness.input(Input::Connected);
    harness.hello();
    harness.block();
    assert_eq!(sends(&harness.input(Input::PermitGranted)), 0);
    let outputs = harness.unblock();
    assert_eq!(sent(&outputs, SendKind::Identify).len(), 1);
    harness.payload(&ready(1));
    assert_eq!(harness.machine.state(), ShardState::Active);
}

#[test]
fn resume_waits_for_room_no_longer_than_for_a_reply() {
    let hello = || {
        let mut harness = Harness::with_session(stored_session());
        harness.input(Input::Start);
        harness.input(Input::Connected);
        harness.block();
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
    let outputs = harness.unblock();
    assert_eq!(sent(&outputs, SendKind::Resume).len(), 1);
    harness.advance_acknowledged(wait - Duration::from_secs(1));
    harness.payload(&resumed(8));
    assert_eq!(harness.machine.state(), ShardState::Active);
}

#[test]
fn a_close_frame_waits_for_room_no_longer_than_the_close_may_take() {
    let mut harness = stalled();
    let outputs = harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert!(close_codes(&outputs).is_empty());
    let outputs = harness.advance(Timeouts::default().close);
    let close = Some(CloseFrame::NORMAL);
    assert!(has(&outputs, &Output::Disconnect { close }));
    assert!(harness.machine.is_stopped());

    let mut harness = stalled();
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(close_codes(&harness.unblock()), [1000]);
}

#[test]
fn a_new_connection_has_room() {
    let mut harness = stalled();
    let (id, _) = harness.command("{}");
    harness.lost();
    harness.input(Input::Connected);
    assert_eq!(sent(&harness.hello(), SendKind::Resume).len(), 1);
    let outputs = harness.payload(&resumed(2));
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn stuck_messages_count_from_the_flush() {
    let mut harness = Harness::ready();
    harness.input(Input::ReadPaused);
    let mut stalls = Vec::new();
    for stall in 1..=20 {
        harness.advance(Duration::from_secs(stall * 11 % 70));
        harness.hold_writes();
        for _ in 0..60 {
            harness.command("{}");
        }
        let began = harness.now;
        harness.block();
        harness.advance(Duration::from_secs(stall * 17 % 90 + 1));
        harness.unblock();
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

/// The time for RESUMED begins when RESUME is sent, although the transport has not written it yet.
#[test]
fn sent_resume_moves_the_deadline() {
    let resumed = Duration::from_millis(100);
    let mut harness = Harness::build(
        |config| config.timeouts.resumed = resumed,
        Some(stored_session()),
        1,
    );
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.block();
    harness.hello();
    harness.now += resumed / 2;
    let outputs = harness.unblock_for_one();
    assert_eq!(sent(&outputs, SendKind::Resume).len(), 1);
    assert_eq!(harness.deadline, Some(harness.now + resumed));
}
