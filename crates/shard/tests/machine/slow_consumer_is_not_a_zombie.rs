use crate::harness::{Bench, INTERVAL, causes, sent};
use gloaming_shard::machine::{DisconnectCause, Input, SendKind};

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
