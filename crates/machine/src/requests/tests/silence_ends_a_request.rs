//! A request ends after a silence, counted from the last time at which a reply could have been read.

use super::{
    super::{error::RequestErrorKind, scheduler::Input},
    harness::{Harness, LIFETIME, channel_info, full_list, query, seconds, sounds},
};
use crate::CommandOutcome;
use gloaming_protocol::ChannelInfoField;
use std::time::Duration;

fn silent(waited: u64) -> Result<(), RequestErrorKind> {
    let waited = seconds(waited);
    Err(RequestErrorKind::Silent { waited })
}

#[test]
fn silence_counts_from_the_send() {
    let mut harness = Harness::new();
    let request_ids = [
        harness.request(query(1, "a")),
        harness.request(sounds(&[&[1], &[2]])),
        harness.request(channel_info(1, ChannelInfoField::Status)),
    ];
    harness.advance(seconds(100));
    assert_eq!(harness.ends, []);
    harness.send();
    harness.advance(seconds(29));
    assert_eq!(harness.ends, []);
    harness.advance(seconds(1));
    assert_eq!(
        harness.ends,
        request_ids.map(|request_id| (request_id, silent(30)))
    );
    assert!(!harness.scheduler.is_open());
}

#[test]
fn each_chunk_restarts_the_silence() {
    let mut harness = Harness::new();
    let request_id = harness.request(full_list(1));
    harness.send();
    let nonce = harness.nonce();
    for index in 0..10 {
        harness.advance(seconds(29));
        harness.chunk(&nonce, index, 20);
    }
    assert_eq!(harness.ends, []);
    harness.advance(seconds(30));
    assert_eq!(harness.ends, [(request_id, silent(30))]);
}

#[test]
fn an_unsent_request_expires_instead() {
    let mut harness = Harness::new();
    let request_id = harness.request(query(1, "a"));
    harness.advance(LIFETIME - seconds(1));
    assert_eq!(harness.ends, []);
    harness.now += seconds(1);
    harness.timeout();
    let expired = RequestErrorKind::NotSent(CommandOutcome::Expired);
    assert_eq!(harness.ends, [(request_id, Err(expired))]);
    assert!(harness.queue.is_empty(), "it is withdrawn");
}

#[test]
fn unread_replies_are_waited_for() {
    let mut harness = Harness::new();
    let request_id = harness.request(query(1, "a"));
    harness.send();
    harness.pause_reading();
    harness.advance(seconds(100));
    assert_eq!(harness.ends, []);
    // What the server held back arrives only now.
    harness.resume_reading();
    harness.timeout();
    harness.advance(seconds(29));
    assert_eq!(harness.ends, []);
    // The short backlogs of a busy shard are not stalls.
    harness.pause_reading();
    harness.resume_reading();
    harness.advance(seconds(1));
    assert_eq!(harness.ends, [(request_id, silent(30))]);

    // A backlog that is never read does not extend the silence without bound.
    let request_id = harness.request(query(1, "a"));
    harness.send();
    harness.pause_reading();
    harness.advance(seconds(150));
    assert_eq!(harness.ends.last(), Some(&(request_id, silent(150))));
}

/// Whether a request is still open at the end of its silence and of a backlog that was read from `from` on, and not
/// before `until`, in milliseconds after it was sent.
fn outlasts_backlog(from: u64, until: u64) -> bool {
    let mut harness = Harness::new();
    harness.request(query(1, "a"));
    harness.send();
    harness.advance(Duration::from_millis(from));
    harness.pause_reading();
    harness.now += Duration::from_millis(until - from);
    harness.resume_reading();
    harness.timeout();
    harness.advance(Duration::from_millis(30_000_u64.saturating_sub(until)));
    harness.ends.is_empty()
}

#[test]
fn silence_that_ends_during_a_stall_counts_again() {
    assert!(outlasts_backlog(5_000, 31_000));
    assert!(outlasts_backlog(5_000, 30_000));
    assert!(outlasts_backlog(29_500, 30_500));
    assert!(!outlasts_backlog(5_000, 29_000), "it ended later");
    assert!(!outlasts_backlog(29_500, 30_499), "that is no stall");
}

#[test]
fn silence_during_a_stall_is_bounded() {
    assert!(outlasts_backlog(5_000, 149_999));
    assert!(!outlasts_backlog(5_000, 150_000));
}

#[test]
fn a_resumed_connection_restarts_the_silence() {
    let mut harness = Harness::new();
    let request_id = harness.request(query(1, "a"));
    harness.send();
    harness.input(Input::Disconnected);
    harness.advance(seconds(100));
    harness.input(Input::Resumed);
    harness.advance(seconds(29));
    assert_eq!(harness.ends, []);
    harness.advance(seconds(1));
    assert_eq!(harness.ends, [(request_id, silent(30))]);
}
