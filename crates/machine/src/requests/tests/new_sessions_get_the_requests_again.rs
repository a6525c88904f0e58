//! Requests are sent again in a new session, and not in a resumed one.

use super::{
    super::{
        error::RequestErrorKind, policy::RequestPolicy, scheduler::Input, state::RequestState,
    },
    harness::{Harness, full_list, query, seconds},
};
use crate::CommandOutcome;

#[test]
fn an_unanswered_request_is_sent_again() {
    let mut harness = Harness::new();
    let untouched = harness.request(query(1, "a"));
    let begun = harness.request(query(1, "b"));
    harness.send();
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 2);
    harness.input(Input::Disconnected);
    harness.input(Input::SessionReplaced);
    let error = Err(RequestErrorKind::SessionReplaced);
    assert_eq!(harness.ends, [(begun, error)]);
    assert_eq!(harness.state(untouched), RequestState::Queued);
    harness.send();
    assert_eq!(harness.wire.len(), 3);
    assert_eq!(harness.wire[2].1, harness.wire[0].1);
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 1);
    assert_eq!(harness.ends.last(), Some(&(untouched, Ok(()))));
}

#[test]
fn resends_are_bounded() {
    let policy = RequestPolicy {
        resends: 1,
        ..RequestPolicy::default()
    };
    let mut harness = Harness::with(policy);
    let request_id = harness.request(query(1, "a"));
    for _ in 0..2 {
        assert_eq!(harness.ends, []);
        harness.send();
        harness.input(Input::SessionReplaced);
    }
    let error = Err(RequestErrorKind::SessionReplaced);
    assert_eq!(harness.ends, [(request_id, error)]);
}

#[test]
fn resends_are_paced() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.send();
    harness.advance(seconds(10));
    harness.input(Input::SessionReplaced);
    harness.send();
    harness.advance(seconds(30));
    assert_eq!(harness.times(), [0, 31]);
}

#[test]
fn an_unsent_request_is_sent_in_the_new_session() {
    let mut harness = Harness::new();
    let request_id = harness.request(full_list(1));
    harness.return_queued(CommandOutcome::SessionReplaced);
    harness.input(Input::SessionReplaced);
    assert_eq!((harness.queue.len(), harness.ends.len()), (1, 0));
    harness.send();
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 1);
    assert_eq!(harness.ends, [(request_id, Ok(()))]);
}

#[test]
fn a_resumed_session_keeps_the_request_and_duplicates_are_dropped() {
    let mut harness = Harness::new();
    let request_id = harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 3);
    harness.input(Input::Disconnected);
    harness.chunk(&nonce, 0, 3);
    harness.chunk(&nonce, 2, 3);
    harness.input(Input::Resumed);
    harness.chunk(&nonce, 1, 3);
    assert_eq!(harness.replies(request_id), 3);
    assert_eq!(harness.ends, [(request_id, Ok(()))]);
    assert_eq!(harness.wire.len(), 1);
}
