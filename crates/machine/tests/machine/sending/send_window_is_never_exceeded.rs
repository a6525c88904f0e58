use gloaming_machine::{SendKind, Transmit};
use gloaming_test_support::machine::{Effect, Harness, INTERVAL, assert_window, is_send};
use std::time::{Duration, Instant};

fn send_times(log: &[(Instant, Effect)]) -> Vec<Instant> {
    log.iter()
        .filter(|(_, output)| matches!(output, Effect::Transmit(Transmit::Message { .. })))
        .map(|(time, _)| *time)
        .collect()
}

#[test]
fn thousand_commands_keep_the_window() {
    let mut harness = Harness::ready();
    for n in 0..1_000 {
        harness.command(n.to_string());
    }
    harness.advance_acknowledged(Duration::from_secs(700));
    let commands: Vec<_> = harness
        .log
        .iter()
        .filter_map(|(_, output)| match output {
            Effect::Transmit(Transmit::Message {
                kind: SendKind::Command,
                text,
            }) => Some(text.expose().to_owned()),
            _ => None,
        })
        .collect();
    let expected: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
    assert_eq!(commands, expected, "all, in the order they were given");
    assert_window(&send_times(&harness.log), "commands");
}

#[test]
fn commands_do_not_starve_heartbeats() {
    let mut harness = Harness::ready();
    let end = harness.now + INTERVAL * 20;
    while harness.now < end {
        for _ in 0..50 {
            harness.command("{}");
        }
        harness.advance_acknowledged(Duration::from_secs(1));
    }
    let heartbeats: Vec<_> = harness
        .log
        .iter()
        .filter(|(_, output)| is_send(output, SendKind::Heartbeat))
        .map(|(time, _)| *time)
        .collect();
    assert_eq!(heartbeats.len(), 20);
    assert!(
        heartbeats
            .windows(2)
            .all(|pair| pair[1] - pair[0] == INTERVAL)
    );
    assert_window(&send_times(&harness.log), "heartbeats and commands");
}

/// A harness whose commands wait for the window, with no heartbeat due before it opens, and when that is.
fn waiting(commands: usize) -> (Harness, Instant) {
    let mut harness = Harness::ready();
    let opens = harness.now + Duration::from_secs(61);
    for _ in 0..commands {
        harness.command("{}");
    }
    harness.advance_acknowledged(Duration::from_secs(60));
    (harness, opens)
}

#[test]
fn window_is_waited_for_only_with_something_to_send() {
    let (harness, opens) = waiting(115);
    assert_eq!(harness.machine.queued_commands(), 1);
    assert_eq!(harness.deadline, Some(opens));

    let (harness, opens) = waiting(114);
    assert_eq!(harness.machine.queued_commands(), 0);
    assert!(harness.deadline > Some(opens), "the next heartbeat");
}

#[test]
fn blocked_transport_waits_for_the_window_once() {
    let (mut harness, opens) = waiting(115);
    harness.block();
    assert!(harness.next_deadline().is_empty());
    assert_eq!(harness.now, opens);
    assert!(harness.deadline > Some(opens), "the next heartbeat");
}
