use gloaming_machine::{Input, Output};
use gloaming_test_support::machine::{Effect, Harness, ready_as};
use std::time::Duration;

fn attempts(harness: &Harness) -> usize {
    harness
        .log
        .iter()
        .filter(|(_, output)| matches!(output, Effect::Output(Output::Connect { .. })))
        .count()
}

/// Runs an hour against a server that does `behavior` with each connection.
fn an_hour_of(mut behavior: impl FnMut(&mut Harness)) -> usize {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    let end = harness.now + Duration::from_secs(3_600);
    let mut seen = 0;
    while harness.now < end {
        if attempts(&harness) > seen {
            seen = attempts(&harness);
            behavior(&mut harness);
        } else {
            harness.next_deadline();
        }
    }
    attempts(&harness)
}

#[test]
fn close_after_open_backs_off() {
    let attempts = an_hour_of(|harness| {
        harness.input(Input::Connected);
        harness.lost();
    });
    assert!((60..300).contains(&attempts), "{attempts} attempts");
}

#[test]
fn close_after_hello_backs_off() {
    let attempts = an_hour_of(|harness| {
        harness.input(Input::Connected);
        harness.hello();
        harness.closed(4000);
    });
    assert!((60..300).contains(&attempts), "{attempts} attempts");
}

#[test]
fn close_after_ready_backs_off() {
    let mut session = 0;
    let attempts = an_hour_of(|harness| {
        harness.input(Input::Connected);
        harness.hello();
        harness.input(Input::PermitGranted);
        session += 1;
        harness.payload(&ready_as(&session.to_string(), 1));
        harness.closed(4009);
    });
    assert!((60..300).contains(&attempts), "{attempts} attempts");
}

#[test]
fn stable_session_reconnects_at_once() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    for _ in 0..10 {
        harness.connect_failed();
        harness.next_deadline();
    }
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.payload(&ready_as("a", 1));
    harness.advance_acknowledged(Duration::from_secs(60));
    let before = attempts(&harness);
    harness.lost();
    assert_eq!(attempts(&harness), before + 1);
}

#[test]
fn zero_backoff_has_a_minimum() {
    let mut harness = Harness::configured(|config| {
        config.backoff.base = Duration::ZERO;
        config.backoff.cap = Duration::ZERO;
    });
    let start = harness.now;
    harness.input(Input::Start);
    for _ in 0..1_000 {
        let seen = attempts(&harness);
        harness.connect_failed();
        if attempts(&harness) == seen {
            harness.next_deadline();
        }
    }
    assert!(harness.now - start > Duration::from_secs(30));
}
