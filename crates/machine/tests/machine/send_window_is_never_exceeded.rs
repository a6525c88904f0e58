use crate::{
    harness::{Bench, INTERVAL, is_send},
    police::assert_window,
};
use gloaming_machine::{Input, Output, SendKind};
use std::time::{Duration, Instant};

fn send_times(log: &[(Instant, Output)]) -> Vec<Instant> {
    log.iter()
        .filter(|(_, output)| matches!(output, Output::Send { .. }))
        .map(|(time, _)| *time)
        .collect()
}

#[test]
fn by_a_thousand_commands_at_once() {
    let mut bench = Bench::ready();
    for n in 0..1_000 {
        bench.command(n.to_string());
    }
    bench.advance_acknowledged(Duration::from_secs(700));
    let commands: Vec<_> = bench
        .log
        .iter()
        .filter_map(|(_, output)| match output {
            Output::Send {
                kind: SendKind::Command,
                text,
            } => Some(text.expose().to_owned()),
            _ => None,
        })
        .collect();
    let expected: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
    assert_eq!(commands, expected, "all, in the order they were given");
    assert_window(&send_times(&bench.log), "commands");
}

#[test]
fn nor_are_heartbeats_starved_by_commands() {
    let mut bench = Bench::ready();
    let end = bench.now + INTERVAL * 20;
    while bench.now < end {
        for _ in 0..50 {
            bench.command("{}");
        }
        bench.advance_acknowledged(Duration::from_secs(1));
    }
    let beats: Vec<_> = bench
        .log
        .iter()
        .filter(|(_, output)| is_send(output, SendKind::Heartbeat))
        .map(|(time, _)| *time)
        .collect();
    assert_eq!(beats.len(), 20);
    assert!(beats.windows(2).all(|pair| pair[1] - pair[0] == INTERVAL));
    assert_window(&send_times(&bench.log), "heartbeats and commands");
}

/// A bench whose commands wait for the window, with no heartbeat due before it opens, and when that is.
fn waiting(commands: usize) -> (Bench, Instant) {
    let mut bench = Bench::ready();
    let opens = bench.now + Duration::from_secs(61);
    for _ in 0..commands {
        bench.command("{}");
    }
    bench.advance_acknowledged(Duration::from_secs(60));
    (bench, opens)
}

#[test]
fn it_is_waited_for_only_with_something_to_send() {
    let (bench, opens) = waiting(115);
    assert_eq!(bench.machine.queued_commands(), 1);
    assert_eq!(bench.deadline, Some(opens));

    let (bench, opens) = waiting(114);
    assert_eq!(bench.machine.queued_commands(), 0);
    assert!(bench.deadline > Some(opens), "the next heartbeat");
}

#[test]
fn nor_is_it_waited_for_while_the_transport_takes_nothing() {
    let (mut bench, opens) = waiting(115);
    bench.input(Input::WriteBlocked);
    assert!(bench.deadline > Some(opens), "the next heartbeat");
}
