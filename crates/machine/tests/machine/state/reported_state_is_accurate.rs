//! What the machine reports about itself.

use gloaming_machine::{Input, SendKind, SendLimit, ShardState, StopReason, Transmit};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{Effect, Harness, INTERVAL, MAIN, ready, resumed, sent};
use std::time::Duration;

/// What is told: the name, the state, started or not, stopped or not.
fn told(harness: &Harness) -> (&'static str, ShardState, bool, bool) {
    let machine = &harness.machine;
    (
        machine.state_name(),
        machine.state(),
        machine.is_started(),
        machine.is_stopped(),
    )
}

const fn disconnected(reconnect_attempts: u8) -> ShardState {
    ShardState::Disconnected { reconnect_attempts }
}

#[test]
fn each_state_is_reported() {
    let mut harness = Harness::new();
    assert_eq!(told(&harness), ("idle", disconnected(0), false, false));
    harness.input(Input::Start);
    assert_eq!(told(&harness), ("connecting", disconnected(0), true, false));
    harness.input(Input::Connected);
    assert_eq!(
        told(&harness),
        ("awaiting hello", disconnected(0), true, false)
    );
    harness.hello();
    assert_eq!(
        told(&harness),
        ("awaiting permit", ShardState::Identifying, true, false)
    );
    harness.input(Input::PermitGranted);
    assert_eq!(
        told(&harness),
        ("identifying", ShardState::Identifying, true, false)
    );
    harness.payload(&ready(1));
    assert_eq!(told(&harness), ("active", ShardState::Active, true, false));
    harness.lost();
    assert_eq!(told(&harness), ("connecting", disconnected(1), true, false));
    harness.connect_failed();
    assert_eq!(
        told(&harness),
        ("backing off", disconnected(2), true, false)
    );
    harness.next_deadline();
    harness.input(Input::Connected);
    harness.hello();
    assert_eq!(
        told(&harness),
        ("resuming", ShardState::Resuming, true, false)
    );
    harness.payload(&resumed(2));
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(told(&harness), ("closing", disconnected(2), true, false));
    assert_eq!(harness.machine.stop_reason(), None);
    harness.closed(1000);
    assert_eq!(told(&harness), ("stopped", ShardState::Closed, true, true));
    assert_eq!(harness.machine.stop_reason(), Some(StopReason::Requested));
}

#[test]
fn attempts_saturate() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    for _ in 0..300 {
        harness.connect_failed();
        if harness.machine.state_name() == "backing off" {
            harness.next_deadline();
        }
    }
    assert_eq!(harness.machine.state(), disconnected(255));
}

#[test]
fn deadline_is_the_last_one_waited_for() {
    let mut harness = Harness::new();
    assert_eq!(harness.machine.deadline(), None);
    harness.input(Input::Start);
    let timeout = harness.machine.config().timeouts.connect;
    assert_eq!(harness.machine.deadline(), Some(harness.now + timeout));
    let mut harness = harness.make_ready();
    assert_eq!(harness.machine.deadline(), harness.deadline);
    harness.closed(4004);
    assert_eq!(harness.machine.deadline(), None, "it has stopped");
}

#[test]
fn next_heartbeat_is_reported_from_hello_to_the_end_of_the_connection() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    assert_eq!(harness.machine.heartbeat_due(), None);
    harness.hello();
    let due = harness.machine.heartbeat_due();
    let due = due.expect("the connection has begun");
    let before = harness.advance(due - harness.now - Duration::from_millis(1));
    assert!(sent(&before, SendKind::Heartbeat).is_empty());
    let then = harness.advance(Duration::from_millis(1));
    assert_eq!(sent(&then, SendKind::Heartbeat).len(), 1);
    assert_eq!(harness.machine.heartbeat_due(), Some(due + INTERVAL));
    harness.lost();
    assert_eq!(harness.machine.heartbeat_due(), None);
}

#[test]
fn backlog_is_reported_until_it_was_read_or_its_connection_is_gone() {
    let mut harness = Harness::ready();
    assert!(!harness.machine.is_backlogged());
    harness.input(Input::ReadPaused);
    assert!(harness.machine.is_backlogged());
    harness.dispatch(2);
    harness.input(Input::ReadPaused);
    assert!(harness.machine.is_backlogged());
    harness.input(Input::ReadResumed);
    assert!(!harness.machine.is_backlogged());

    harness.input(Input::ReadPaused);
    harness.input(Input::Connected);
    assert!(
        harness.machine.is_backlogged(),
        "there is no new connection"
    );
    harness.lost();
    assert!(harness.machine.is_backlogged());
    harness.input(Input::Connected);
    assert!(!harness.machine.is_backlogged());
}

#[test]
fn configuration_is_reported() {
    let harness = Harness::configured(|config| config.command_bound = 7);
    assert_eq!(harness.machine.config().command_bound, 7);
    assert_eq!(harness.machine.config().main_url().as_str(), MAIN);
    let debug = format!("{:?}", harness.machine.config());
    assert!(debug.contains("wss://gateway.discord.gg/…"), "{debug}");
    assert!(!debug.contains("secret"), "{debug}");
}

#[test]
fn send_limit_is_reported() {
    let mut harness = Harness::ready();
    // An interval of 41.25 s has two heartbeats in a minute, as many may be asked for, and IDENTIFY is one.
    assert_eq!(harness.machine.command_capacity(), 115);
    assert_eq!(harness.machine.available_commands(harness.now), 114);
    assert_eq!(harness.machine.next_command_at(harness.now), None);
    let began = harness.now;
    for _ in 0..116 {
        harness.command("{}");
    }
    assert_eq!(harness.machine.queued_commands(), 2);
    assert_eq!(harness.machine.available_commands(harness.now), 0);
    let next = harness.machine.next_command_at(harness.now);
    assert_eq!(next, Some(began + Duration::from_secs(61)));
    harness.advance_acknowledged(Duration::from_secs(61));
    assert_eq!(harness.machine.queued_commands(), 0);
}

#[test]
fn disabled_send_limit_is_reported() {
    let mut harness = Harness::configured(|config| config.send_limit = SendLimit::Off).make_ready();
    for _ in 0..500 {
        harness.command("{}");
    }
    assert_eq!(harness.machine.queued_commands(), 0);
    let machine = &harness.machine;
    assert_eq!(
        machine.available_commands(harness.now),
        machine.command_capacity()
    );
    assert_eq!(machine.next_command_at(harness.now), None);
}

#[test]
fn debug_shows_only_the_length_of_a_message() {
    let mut harness = Harness::ready();
    let (_, outputs) = harness.command(r#"{"op":3}"#);
    let text = outputs.into_iter().find_map(|output| match output {
        Effect::Transmit(Transmit::Message { text, .. }) => Some(text),
        _ => None,
    });
    let text = text.expect("the command is sent");
    assert_eq!(format!("{text:?}"), "<8 bytes>");
    assert_eq!(text.into_inner(), r#"{"op":3}"#);
}
