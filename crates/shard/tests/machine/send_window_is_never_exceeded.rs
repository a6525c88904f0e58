use crate::{
    harness::{Bench, INTERVAL, is_send},
    police::assert_window,
};
use gloaming_shard::machine::{Output, SendKind};
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
