use crate::harness::{Bench, INTERVAL, causes, is_send, sent};
use gloaming_machine::SendKind;
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
    // IDENTIFY was the first of the 120, and the scheduled heartbeats keep their two.
    assert_eq!(sends(&bench), 117);
    let outputs = bench.advance_acknowledged(INTERVAL);
    assert_eq!(
        sent(&outputs, SendKind::Heartbeat).len(),
        1,
        "the scheduled one comes in time, and answers the requests as well"
    );
    assert!(causes(&outputs).is_empty());
}
