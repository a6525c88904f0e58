use crate::harness::{Bench, INTERVAL, is_send, sent};
use gloaming_shard::machine::SendKind;
use std::time::Duration;

const REQUEST: &str = r#"{"op":1,"d":null,"s":null,"t":null}"#;

#[test]
fn without_waiting_for_the_interval_and_without_moving_it() {
    let mut bench = Bench::ready();
    let schedule = bench.deadline;
    bench.now += Duration::from_millis(5);
    let outputs = bench.payload(REQUEST);
    assert_eq!(sent(&outputs, SendKind::Heartbeat), [r#"{"op":1,"d":1}"#]);
    assert_eq!(bench.deadline, schedule);
}

#[test]
fn a_flood_of_requests_stays_within_the_window() {
    let mut bench = Bench::ready();
    for _ in 0..1_000 {
        bench.payload(REQUEST);
    }
    let sends = |bench: &Bench| {
        bench
            .log
            .iter()
            .filter(|(_, o)| is_send(o, SendKind::Heartbeat))
            .count()
    };
    // IDENTIFY was the first of the 120.
    assert_eq!(sends(&bench), 119);
    bench.ack();
    bench.advance_acknowledged(Duration::from_secs(60).min(INTERVAL * 2));
    assert!(
        sends(&bench) > 119,
        "the owed heartbeat follows once there is room"
    );
}
