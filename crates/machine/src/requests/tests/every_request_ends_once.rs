//! Every request ends exactly once, and leaves no state.

use super::{
    super::{
        error::RequestErrorKind,
        scheduler::{Input, MAX_QUEUED},
    },
    harness::{Harness, channel_info, full_list, query, seconds, sounds},
};
use crate::CommandOutcome;
use gloaming_protocol::ChannelInfoField;

#[test]
fn a_forgotten_request_is_not_sent() {
    let mut harness = Harness::new();
    let request_id = harness.request(query(1, "a"));
    harness.forget(request_id);
    assert!(harness.queue.is_empty());
    assert!(!harness.scheduler.is_open());
    assert_eq!(harness.scheduler.remembered(), 0);
    assert_eq!(harness.deadline, None);
}

#[test]
fn a_shared_request_outlives_one_caller() {
    let mut harness = Harness::new();
    let gone = harness.request(query(1, "a"));
    let staying = harness.request(query(1, "a"));
    harness.forget(gone);
    harness.send();
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 1);
    assert_eq!(harness.ends, [(staying, Ok(()))]);
    assert_eq!(harness.replies(gone), 0);
}

#[test]
fn one_failed_payload_ends_the_request() {
    let mut harness = Harness::new();
    let request_id = harness.request(sounds(&[&[1], &[2]]));
    harness.send_one();
    harness.return_queued(CommandOutcome::Expired);
    let error = RequestErrorKind::NotSent(CommandOutcome::Expired);
    assert_eq!(harness.ends, [(request_id, Err(error))]);
    assert!(!harness.scheduler.is_open());
    harness.sounds(1);
    assert_eq!(harness.replies(request_id), 0);
}

#[test]
fn closing_ends_every_request() {
    let mut harness = Harness::new();
    harness.request(full_list(1));
    harness.send();
    harness.request(full_list(1));
    harness.request(full_list(2));
    harness.request(sounds(&[&[1], &[2]]));
    harness.input(Input::Close);
    let mut ends = std::mem::take(&mut harness.ends);
    ends.sort_by_key(|(request_id, _)| *request_id);
    let closed = Err(RequestErrorKind::Closed);
    assert_eq!(ends, [1, 2, 3, 4].map(|request_id| (request_id, closed)));
    harness.advance(seconds(1_000));
    assert_eq!(harness.ends, []);
    assert!(!harness.scheduler.is_open());
}

#[test]
fn closed_queue_closes_the_request() {
    let mut harness = Harness::new();
    let request_id = harness.request(query(1, "a"));
    harness.return_queued(CommandOutcome::Closed);
    assert_eq!(harness.ends, [(request_id, Err(RequestErrorKind::Closed))]);
}

#[test]
fn forgotten_requests_make_room_in_the_queue() {
    let mut harness = Harness::new();
    for _ in 0..3 {
        let request_ids: Vec<_> = (1..=20)
            .map(|guild| harness.request(query(guild, "a")))
            .collect();
        assert_eq!(harness.queue.len(), MAX_QUEUED);
        for request_id in request_ids {
            harness.forget(request_id);
        }
        assert!(harness.queue.is_empty());
    }
    assert_eq!(harness.scheduler.queued(), 0);
}

/// The reply does not name its request.
#[test]
fn reply_to_a_forgotten_request_is_not_taken_for_one_to_the_next() {
    let mut harness = Harness::new();
    let gone = harness.request(channel_info(1, ChannelInfoField::Status));
    harness.send();
    harness.forget(gone);
    let next = harness.request(channel_info(1, ChannelInfoField::Status));
    harness.advance(seconds(29));
    harness.channel_info(1);
    assert_eq!(harness.replies(next), 0);
    harness.advance(seconds(1));
    assert_eq!(harness.times(), [0, 30]);
    harness.channel_info(1);
    assert_eq!(harness.ends, [(next, Ok(()))]);
}

#[test]
fn few_payloads_are_queued_at_a_time() {
    let mut harness = Harness::new();
    for guild in 1..=100 {
        harness.request(full_list(guild));
    }
    assert_eq!(harness.queue.len(), MAX_QUEUED);
    harness.send();
    assert_eq!(harness.wire.len(), 100);
    let guilds = harness.wire.iter().map(|(_, payload)| {
        let guild = payload["d"]["guild_id"].as_str();
        guild.expect("a guild").parse::<u64>().expect("a number")
    });
    assert!(guilds.eq(1..=100), "first come, first served");
    assert_eq!(harness.scheduler.queued(), 0);
}
