//! A server that refuses a connection can ask for a wait, within bounds.

use gloaming_machine::{Input, MAX_RETRY_AFTER, RecoveryStep};
use gloaming_test_support::machine::{Harness, MAIN, connects};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// The time from a refusal to the next attempt.
fn wait_after(harness: &mut Harness, retry_after: Duration) -> Duration {
    let refused = harness.now;
    let mut outputs = harness.connect_refused_for(retry_after);
    while connects(&outputs).is_empty() {
        outputs = harness.next_deadline();
    }
    harness.now - refused
}

#[test]
fn wait_of_the_server_is_kept() {
    for seed in 0..50 {
        let mut harness = Harness::seeded(seed);
        harness.input(Input::Start);
        for asked in [MINUTE, 5 * MINUTE, MINUTE] {
            let waited = wait_after(&mut harness, asked);
            assert!(waited >= asked, "seed {seed}: {waited:?} of {asked:?}");
            assert!(waited <= asked + MINUTE, "seed {seed}: {waited:?}");
        }
    }
}

#[test]
fn wait_of_the_server_is_bounded() {
    for asked in [MAX_RETRY_AFTER, Duration::from_secs(82_721), Duration::MAX] {
        let mut harness = Harness::seeded(1);
        harness.input(Input::Start);
        assert_eq!(wait_after(&mut harness, asked), MAX_RETRY_AFTER);
    }
}

#[test]
fn short_wait_of_the_server_does_not_shorten_the_backoff() {
    let mut harness = Harness::seeded(1);
    harness.input(Input::Start);
    let waits: Vec<Duration> = (0..8)
        .map(|_| wait_after(&mut harness, Duration::from_millis(1)))
        .collect();
    assert!(waits[7] >= Duration::from_secs(30), "{waits:?}");
}

#[test]
fn main_host_follows_a_resume_host_that_asks_to_wait() {
    let mut harness = Harness::ready();
    harness.lost();
    let outputs = harness.connect_refused_for(MINUTE);
    assert_eq!(connects(&outputs), [(MAIN, RecoveryStep::MainHost)]);
}
