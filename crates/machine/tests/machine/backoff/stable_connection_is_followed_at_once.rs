//! Connections that stayed up do not cause waits.

use gloaming_machine::Input;
use gloaming_test_support::machine::{Effect, Harness, connects, ready_as, resumed};
use std::time::Duration;

/// The time between a connection's end and the next one, the queue's apart.
fn wait_for_the_next(harness: &mut Harness, outputs: &[Effect]) -> Duration {
    let ended = harness.now;
    if connects(outputs).is_empty() {
        let outputs = harness.next_deadline();
        assert_eq!(connects(&outputs).len(), 1);
    }
    harness.now - ended
}

/// Resumes, or identifies, and stands for a while.
fn come_up(harness: &mut Harness, stand: Duration) {
    harness.input(Input::Connected);
    harness.hello();
    match harness.sequence() {
        Some(sequence) => drop(harness.payload(&resumed(sequence + 1))),
        None => {
            harness.input(Input::PermitGranted);
            harness.payload(&ready_as("another", 1));
        }
    }
    harness.advance_acknowledged(stand);
}

#[test]
fn reconnect_every_two_seconds_does_not_wait() {
    for seed in 0..50 {
        let mut harness = Harness::seeded(seed).make_ready();
        harness.advance_acknowledged(Duration::from_secs(2));
        for _ in 0..100 {
            harness.payload(r#"{"op":7,"d":null}"#);
            let outputs = harness.closed(4000);
            assert_eq!(wait_for_the_next(&mut harness, &outputs), Duration::ZERO);
            come_up(&mut harness, Duration::from_secs(2));
        }
    }
}

#[test]
fn close_after_a_second_hardly_waits() {
    for seed in 0..50 {
        let mut harness = Harness::seeded(seed).make_ready();
        let mut waited = Duration::ZERO;
        for code in [
            4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009, 1000, 1001, 1012,
        ] {
            harness.advance_acknowledged(Duration::from_secs(1));
            let outputs = harness.closed(code);
            waited += wait_for_the_next(&mut harness, &outputs);
            come_up(&mut harness, Duration::ZERO);
        }
        assert!(
            waited < Duration::from_secs(2),
            "seed {seed}: {waited:?} in all"
        );
    }
}

#[test]
fn answer_after_an_outage_resets_the_waits() {
    for seed in 0..50 {
        let mut harness = Harness::seeded(seed).make_ready();
        harness.lost();
        for _ in 0..12 {
            if connects(&harness.connect_failed()).is_empty() {
                harness.next_deadline();
            }
        }
        come_up(&mut harness, Duration::from_secs(2));
        let outputs = harness.lost();
        assert_eq!(wait_for_the_next(&mut harness, &outputs), Duration::ZERO);
    }
}

#[test]
fn op_7_in_place_of_hello_says_that_it_is_there() {
    for seed in 0..50 {
        let mut harness = Harness::seeded(seed);
        harness.input(Input::Start);
        let started = harness.now;
        for _ in 0..3 {
            harness.input(Input::Connected);
            harness.payload(r#"{"op":7,"d":null}"#);
            let outputs = harness.closed(4000);
            wait_for_the_next(&mut harness, &outputs);
        }
        assert!(harness.now - started < Duration::from_millis(500));
    }
}

#[test]
fn close_frame_resets_the_waits() {
    for seed in 0..50 {
        let mut harness = Harness::seeded(seed);
        harness.input(Input::Start);
        let mut waited = Duration::ZERO;
        for _ in 0..6 {
            harness.input(Input::Connected);
            let outputs = harness.closed(4000);
            waited += wait_for_the_next(&mut harness, &outputs);
        }
        assert!(waited < Duration::from_secs(4), "seed {seed}: {waited:?}");
    }
}

#[test]
fn session_lost_in_an_outage_waits_one_to_five_seconds() {
    for seed in 0..50 {
        let mut harness = Harness::seeded(seed).make_ready();
        harness.lost();
        // As many as it takes for the longest wait, and less time than costs the session.
        for _ in 0..8 {
            if connects(&harness.connect_failed()).is_empty() {
                harness.next_deadline();
            }
        }
        harness.input(Input::Connected);
        harness.hello();
        harness.payload(r#"{"op":9,"d":false}"#);
        let outputs = harness.lost();
        let waited = wait_for_the_next(&mut harness, &outputs);
        let allowed = Duration::from_secs(1)..=Duration::from_secs(5);
        assert!(allowed.contains(&waited), "seed {seed}: {waited:?}");
    }
}

#[test]
fn frequent_ends_add_up() {
    let mut harness = Harness::ready();
    let mut waits = Vec::new();
    for _ in 0..14 {
        let outputs = harness.lost();
        waits.push(wait_for_the_next(&mut harness, &outputs));
        come_up(&mut harness, Duration::ZERO);
    }
    assert_eq!(waits[0], Duration::ZERO);
    for (wait, bound) in waits[1..].iter().zip([
        125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000,
    ]) {
        let bound = Duration::from_millis(bound);
        assert!((bound / 2..=bound).contains(wait), "{wait:?} of {bound:?}");
    }
    // Of each, two seconds are made up for.
    harness.advance_acknowledged(Duration::from_secs(20));
    let outputs = harness.lost();
    assert_eq!(wait_for_the_next(&mut harness, &outputs), Duration::ZERO);
}
