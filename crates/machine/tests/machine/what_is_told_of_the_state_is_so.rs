//! The machine's word on itself, from its start to its end.

use crate::harness::{Bench, MAIN, ready, resumed};
use gloaming_machine::{Input, Output, SendLimit, ShardState};
use gloaming_protocol::CloseFrame;
use std::time::Duration;

/// What is told: the name, the state, started or not, stopped or not.
fn told(bench: &Bench) -> (&'static str, ShardState, bool, bool) {
    let machine = &bench.machine;
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
fn in_each_state() {
    let mut bench = Bench::new();
    assert_eq!(told(&bench), ("idle", disconnected(0), false, false));
    bench.input(Input::Start);
    assert_eq!(told(&bench), ("connecting", disconnected(0), true, false));
    bench.input(Input::Connected);
    assert_eq!(
        told(&bench),
        ("awaiting hello", disconnected(0), true, false)
    );
    bench.hello();
    assert_eq!(
        told(&bench),
        ("awaiting permit", ShardState::Identifying, true, false)
    );
    bench.input(Input::PermitGranted);
    assert_eq!(
        told(&bench),
        ("identifying", ShardState::Identifying, true, false)
    );
    bench.payload(&ready(1));
    assert_eq!(told(&bench), ("active", ShardState::Active, true, false));
    bench.lost();
    assert_eq!(told(&bench), ("connecting", disconnected(1), true, false));
    bench.connect_failed();
    assert_eq!(told(&bench), ("backing off", disconnected(2), true, false));
    bench.next_deadline();
    bench.input(Input::Connected);
    bench.hello();
    assert_eq!(
        told(&bench),
        ("resuming", ShardState::Resuming, true, false)
    );
    bench.payload(&resumed(2));
    bench.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(told(&bench), ("closing", disconnected(2), true, false));
    bench.closed(1000);
    assert_eq!(told(&bench), ("stopped", ShardState::Closed, true, true));
}

#[test]
fn of_attempts_beyond_what_a_byte_holds() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    for _ in 0..300 {
        bench.connect_failed();
        if bench.machine.state_name() == "backing off" {
            bench.next_deadline();
        }
    }
    assert_eq!(bench.machine.state(), disconnected(255));
}

#[test]
fn of_what_it_was_told_to_do() {
    let bench = Bench::configured(|config| config.command_bound = 7);
    assert_eq!(bench.machine.config().command_bound, 7);
    assert_eq!(bench.machine.config().main_url(), MAIN);
    let debug = format!("{:?}", bench.machine.config());
    assert!(debug.contains("wss://gateway.discord.gg/…"), "{debug}");
    assert!(!debug.contains("secret"), "{debug}");
}

#[test]
fn of_the_send_limit() {
    let mut bench = Bench::ready();
    // An interval of 41.25 s has two beats in a minute, as many may be asked for, and IDENTIFY is one.
    assert_eq!(bench.machine.command_capacity(), 115);
    assert_eq!(bench.machine.available_commands(bench.now), 114);
    assert_eq!(bench.machine.next_command_at(bench.now), None);
    let began = bench.now;
    for _ in 0..116 {
        bench.command("{}");
    }
    assert_eq!(bench.machine.queued_commands(), 2);
    assert_eq!(bench.machine.available_commands(bench.now), 0);
    let next = bench.machine.next_command_at(bench.now);
    assert_eq!(next, Some(began + Duration::from_secs(61)));
    bench.advance_acknowledged(Duration::from_secs(61));
    assert_eq!(bench.machine.queued_commands(), 0);
}

#[test]
fn of_a_limit_that_is_off() {
    let mut bench = Bench::configured(|config| config.send_limit = SendLimit::Off).make_ready();
    for _ in 0..500 {
        bench.command("{}");
    }
    assert_eq!(bench.machine.queued_commands(), 0);
    let machine = &bench.machine;
    assert_eq!(
        machine.available_commands(bench.now),
        machine.command_capacity()
    );
    assert_eq!(machine.next_command_at(bench.now), None);
}

#[test]
fn of_a_message_its_length_and_to_the_wire_its_text() {
    let mut bench = Bench::ready();
    let (_, outputs) = bench.command(r#"{"op":3}"#);
    let text = outputs.into_iter().find_map(|output| match output {
        Output::Send { text, .. } => Some(text),
        _ => None,
    });
    let text = text.expect("the command is sent");
    assert_eq!(format!("{text:?}"), "<8 bytes>");
    assert_eq!(text.into_inner(), r#"{"op":3}"#);
}
