use crate::harness::{Bench, INTERVAL, is_send};
use gloaming_machine::{Input, SendKind};

#[test]
fn first_comes_within_the_interval_and_spread_over_it() {
    let mut waits = Vec::new();
    for seed in 0..300 {
        let mut bench = Bench::seeded(seed);
        bench.input(Input::Start);
        bench.input(Input::Connected);
        bench.hello();
        let from = bench.now;
        let outputs = bench.next_deadline();
        assert!(
            outputs.iter().any(|o| is_send(o, SendKind::Heartbeat)),
            "seed {seed}"
        );
        waits.push(bench.now - from);
    }
    assert!(waits.iter().all(|wait| *wait < INTERVAL));
    assert!(waits.iter().any(|wait| *wait < INTERVAL / 10));
    assert!(waits.iter().any(|wait| *wait > INTERVAL * 9 / 10));
}

#[test]
fn then_one_every_interval() {
    let mut bench = Bench::ready();
    bench.advance_acknowledged(INTERVAL * 100);
    let times: Vec<_> = bench
        .log
        .iter()
        .filter(|(_, output)| is_send(output, SendKind::Heartbeat))
        .map(|(time, _)| *time)
        .collect();
    assert_eq!(times.len(), 100);
    for pair in times.windows(2) {
        assert_eq!(pair[1] - pair[0], INTERVAL);
    }
}
