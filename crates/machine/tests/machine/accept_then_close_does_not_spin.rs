use crate::harness::{Bench, ready_as};
use gloaming_machine::{Input, Output};
use std::time::Duration;

fn attempts(bench: &Bench) -> usize {
    bench
        .log
        .iter()
        .filter(|(_, output)| matches!(output, Output::Connect { .. }))
        .count()
}

/// Runs an hour against a server that does `behavior` with each connection.
fn an_hour_of(mut behavior: impl FnMut(&mut Bench)) -> usize {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    let end = bench.now + Duration::from_secs(3_600);
    let mut seen = 0;
    while bench.now < end {
        if attempts(&bench) > seen {
            seen = attempts(&bench);
            behavior(&mut bench);
        } else {
            bench.next_deadline();
        }
    }
    attempts(&bench)
}

#[test]
fn when_the_socket_opens_and_closes() {
    let attempts = an_hour_of(|bench| {
        bench.input(Input::Connected);
        bench.lost();
    });
    assert!((60..300).contains(&attempts), "{attempts} attempts");
}

#[test]
fn when_hello_comes_and_then_the_end() {
    let attempts = an_hour_of(|bench| {
        bench.input(Input::Connected);
        bench.hello();
        bench.closed(4000);
    });
    assert!((60..300).contains(&attempts), "{attempts} attempts");
}

#[test]
fn when_ready_comes_and_then_the_end() {
    let mut session = 0;
    let attempts = an_hour_of(|bench| {
        bench.input(Input::Connected);
        bench.hello();
        bench.input(Input::PermitGranted);
        session += 1;
        bench.payload(&ready_as(&session.to_string(), 1));
        bench.closed(4009);
    });
    assert!((60..300).contains(&attempts), "{attempts} attempts");
}

#[test]
fn a_session_that_held_is_followed_by_an_immediate_reconnect() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    for _ in 0..10 {
        bench.connect_failed();
        bench.next_deadline();
    }
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::PermitGranted);
    bench.payload(&ready_as("a", 1));
    bench.advance_acknowledged(Duration::from_secs(60));
    let before = attempts(&bench);
    bench.lost();
    assert_eq!(attempts(&bench), before + 1);
}

#[test]
fn nor_does_a_backoff_of_nothing() {
    let mut bench = Bench::configured(|config| {
        config.backoff.base = Duration::ZERO;
        config.backoff.cap = Duration::ZERO;
    });
    let start = bench.now;
    bench.input(Input::Start);
    for _ in 0..1_000 {
        let seen = attempts(&bench);
        bench.connect_failed();
        if attempts(&bench) == seen {
            bench.next_deadline();
        }
    }
    assert!(bench.now - start > Duration::from_secs(30));
}
