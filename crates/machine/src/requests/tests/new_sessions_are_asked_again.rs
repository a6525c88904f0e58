//! A new session knows nothing of what the old one was asked; a resumed one does.

use super::{
    super::{
        error::RequestErrorKind, policy::RequestPolicy, scheduler::Input, state::RequestState,
    },
    bench::{Bench, everybody, query, seconds},
};
use crate::machine::CommandOutcome;

#[test]
fn if_nothing_of_the_answer_had_come() {
    let mut bench = Bench::new();
    let untouched = bench.ask(query(1, "a"));
    let begun = bench.ask(query(1, "b"));
    bench.send();
    let nonce = bench.nonce();
    bench.chunk(&nonce, 0, 2);
    bench.input(Input::Disconnected);
    bench.input(Input::SessionReplaced);
    let error = Err(RequestErrorKind::SessionReplaced);
    assert_eq!(bench.ends, [(begun, error)]);
    assert_eq!(bench.state(untouched), RequestState::Queued);
    bench.send();
    assert_eq!(bench.wire.len(), 3);
    assert_eq!(bench.wire[2].1, bench.wire[0].1);
    let nonce = bench.nonce();
    bench.chunk(&nonce, 0, 1);
    assert_eq!(bench.ends.last(), Some(&(untouched, Ok(()))));
}

#[test]
fn as_often_as_is_allowed() {
    let policy = RequestPolicy {
        resends: 1,
        ..RequestPolicy::default()
    };
    let mut bench = Bench::with(policy);
    let handle = bench.ask(query(1, "a"));
    for _ in 0..2 {
        assert_eq!(bench.ends, []);
        bench.send();
        bench.input(Input::SessionReplaced);
    }
    let error = Err(RequestErrorKind::SessionReplaced);
    assert_eq!(bench.ends, [(handle, error)]);
}

#[test]
fn with_the_same_pace() {
    let mut bench = Bench::new();
    bench.ask(everybody(1));
    bench.send();
    bench.advance(seconds(10));
    bench.input(Input::SessionReplaced);
    bench.send();
    bench.advance(seconds(30));
    assert_eq!(bench.times(), [0, 31]);
}

#[test]
fn one_that_was_never_sent_goes_to_the_new_session() {
    let mut bench = Bench::new();
    let handle = bench.ask(everybody(1));
    bench.return_lane(CommandOutcome::SessionReplaced);
    bench.input(Input::SessionReplaced);
    assert_eq!((bench.lane.len(), bench.ends.len()), (1, 0));
    bench.send();
    let nonce = bench.nonce();
    bench.chunk(&nonce, 0, 1);
    assert_eq!(bench.ends, [(handle, Ok(()))]);
}

#[test]
fn a_resumed_session_goes_on_and_repeats_are_dropped() {
    let mut bench = Bench::new();
    let handle = bench.ask(everybody(1));
    bench.send();
    let nonce = bench.nonce();
    bench.chunk(&nonce, 0, 3);
    bench.input(Input::Disconnected);
    bench.chunk(&nonce, 0, 3);
    bench.chunk(&nonce, 2, 3);
    bench.input(Input::Resumed);
    bench.chunk(&nonce, 1, 3);
    assert_eq!(bench.given(handle), 3);
    assert_eq!(bench.ends, [(handle, Ok(()))]);
    assert_eq!(bench.wire.len(), 1);
}
