//! One full list per guild and 30 s (P25), and what follows RATE_LIMITED.

use super::{
    super::{
        error::RequestErrorKind, policy::RequestPolicy, scheduler::Input, state::RequestState,
    },
    bench::{Bench, everybody, named, query, seconds},
};

#[test]
fn another_full_list_waits_and_says_so() {
    let mut bench = Bench::new();
    let first = bench.ask(everybody(1));
    bench.send();
    let nonce = bench.nonce();
    bench.chunk(&nonce, 0, 1);
    assert_eq!(bench.ends, [(first, Ok(()))]);

    bench.advance(seconds(10));
    let second = bench.ask(everybody(1));
    bench.send();
    assert_eq!(bench.times(), [0]);
    let RequestState::Paced { until } = bench.state(second) else {
        panic!("{:?}", bench.state(second));
    };
    assert!(until >= bench.now + seconds(20));
    bench.advance(seconds(19));
    assert_eq!(bench.times(), [0]);
    bench.advance(seconds(5));
    assert_eq!(bench.times(), [0, 31]);
    assert_eq!(bench.state(second), RequestState::Sent);
}

#[test]
fn other_guilds_and_queries_do_not_wait() {
    let mut bench = Bench::new();
    bench.ask(everybody(1));
    bench.ask(everybody(2));
    bench.ask(query(1, "a"));
    bench.send();
    assert_eq!(bench.times(), [0, 0, 0]);
}

#[test]
fn two_are_never_in_the_lane_at_once() {
    let mut bench = Bench::new();
    bench.ask(everybody(1));
    bench.ask(named(1, "", "mine"));
    assert_eq!(bench.lane.len(), 1);
    bench.advance(seconds(100));
    assert_eq!(bench.lane.len(), 1);
    bench.send();
    bench.advance(seconds(31));
    assert_eq!(bench.times(), [100, 131]);
}

#[test]
fn one_that_is_held_back_is_sent_again_when_the_gateway_says() {
    let mut bench = Bench::new();
    let handle = bench.ask(everybody(1));
    bench.send();
    let nonce = bench.nonce();
    bench.limited(Some(&nonce), 1, seconds(21));
    let until = bench.now + seconds(21);
    assert_eq!(bench.state(handle), RequestState::Paced { until });
    bench.advance(seconds(21));
    assert_eq!(bench.times(), [0, 21]);
    assert_eq!(bench.nonce(), nonce);
    bench.chunk(&nonce, 0, 1);
    assert_eq!(bench.ends, [(handle, Ok(()))]);
}

#[test]
fn without_a_nonce_the_guild_says_which() {
    let mut bench = Bench::new();
    bench.ask(query(1, "a"));
    bench.ask(everybody(2));
    bench.ask(everybody(1));
    bench.send();
    bench.limited(None, 1, seconds(5));
    bench.advance(seconds(5));
    let (time, payload) = &bench.wire[3];
    assert_eq!(*time, 5);
    assert_eq!(payload["d"], bench.wire[2].1["d"]);
}

#[test]
fn too_long_or_too_often_is_an_error_with_the_time() {
    let mut bench = Bench::new();
    let handle = bench.ask(everybody(1));
    bench.send();
    let nonce = bench.nonce();
    bench.limited(Some(&nonce), 1, seconds(121));
    let retry_after = seconds(121);
    let error = Err(RequestErrorKind::RateLimited { retry_after });
    assert_eq!(bench.ends, [(handle, error)]);
    // The next one knows.
    let next = bench.ask(everybody(1));
    let until = bench.now + retry_after;
    assert_eq!(bench.state(next), RequestState::Paced { until });

    let policy = RequestPolicy {
        resends: 2,
        ..RequestPolicy::default()
    };
    let mut bench = Bench::with(policy);
    let handle = bench.ask(everybody(1));
    bench.send();
    let nonce = bench.nonce();
    for _ in 0..3 {
        assert_eq!(bench.ends, []);
        bench.limited(Some(&nonce), 1, seconds(9));
        bench.advance(seconds(9));
    }
    assert_eq!(bench.times(), [0, 9, 18]);
    let retry_after = seconds(9);
    let error = Err(RequestErrorKind::RateLimited { retry_after });
    assert_eq!(bench.ends, [(handle, error)]);
}

#[test]
fn a_long_answer_gives_nobody_the_turn_of_the_next() {
    let mut bench = Bench::new();
    bench.ask(everybody(1));
    bench.send();
    let nonce = bench.nonce();
    bench.chunk(&nonce, 0, 3);
    bench.ask(everybody(1));
    bench.now += seconds(20);
    bench.chunk(&nonce, 1, 3);
    bench.now += seconds(20);
    bench.input(Input::Timeout);
    assert_eq!(bench.lane.len(), 1);
    bench.chunk(&nonce, 2, 3);
    bench.ask(named(1, "", "mine"));
    assert_eq!(bench.lane.len(), 1);
}
