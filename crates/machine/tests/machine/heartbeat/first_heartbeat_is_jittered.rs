use gloaming_machine::{Input, SendKind};
use gloaming_test_support::machine::{Harness, INTERVAL, is_send};

#[test]
fn first_heartbeat_is_spread_over_the_interval() {
    let mut waits = Vec::new();
    for seed in 0..300 {
        let mut harness = Harness::seeded(seed);
        harness.input(Input::Start);
        harness.input(Input::Connected);
        harness.hello();
        let from = harness.now;
        let outputs = harness.next_deadline();
        assert!(
            outputs.iter().any(|o| is_send(o, SendKind::Heartbeat)),
            "seed {seed}"
        );
        waits.push(harness.now - from);
    }
    assert!(waits.iter().all(|wait| *wait < INTERVAL));
    assert!(waits.iter().any(|wait| *wait < INTERVAL / 10));
    assert!(waits.iter().any(|wait| *wait > INTERVAL * 9 / 10));
}

#[test]
fn one_heartbeat_follows_every_interval() {
    let mut harness = Harness::ready();
    harness.advance_acknowledged(INTERVAL * 100);
    let times: Vec<_> = harness
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
