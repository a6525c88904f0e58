//! Equivalent requests share one payload and its replies.

use super::{
    super::error::RequestErrorKind,
    harness::{Harness, channel_info, full_list, query, sounds, with_nonce},
};
use gloaming_protocol::ChannelInfoField;

#[test]
fn equivalent_requests_join_until_the_first_chunk() {
    let mut harness = Harness::new();
    let first = harness.request(full_list(1));
    let waiting = harness.request(full_list(1));
    harness.send();
    let sent = harness.request(full_list(1));
    harness.send();
    assert_eq!(harness.wire.len(), 1);
    let nonce = harness.nonce();
    harness.chunk(&nonce, 0, 2);
    let late = harness.request(full_list(1));
    harness.chunk(&nonce, 1, 2);
    for request_id in [first, waiting, sent] {
        assert_eq!(harness.replies(request_id), 2);
        assert!(harness.ends.contains(&(request_id, Ok(()))));
    }
    assert_eq!((harness.replies(late), harness.ends.len()), (0, 3));
}

#[test]
fn other_queries_and_nonces_do_not_join() {
    let mut harness = Harness::new();
    harness.request(query(1, "a"));
    harness.request(query(1, "b"));
    harness.request(with_nonce(1, "a", "mine"));
    let same = harness.request(with_nonce(1, "a", "mine"));
    harness.send();
    assert_eq!(harness.wire.len(), 3);
    assert_eq!(harness.nonce(), "mine");
    harness.chunk("mine", 0, 1);
    assert!(harness.ends.contains(&(same, Ok(()))));
    assert_eq!(harness.replies(same), 1);
}

#[test]
fn a_nonce_in_use_is_refused() {
    let mut harness = Harness::new();
    harness.request(with_nonce(1, "a", "mine"));
    let other = harness.request(with_nonce(1, "b", "mine"));
    assert_eq!(harness.ends, [(other, Err(RequestErrorKind::NonceInUse))]);
    harness.send();
    assert_eq!(harness.wire.len(), 1);
}

#[test]
fn sounds_reach_every_request_for_their_guild() {
    let mut harness = Harness::new();
    let both = harness.request(sounds(&[&[1, 2], &[3]]));
    let part = harness.request(sounds(&[&[1, 2]]));
    let other = harness.request(sounds(&[&[2, 3]]));
    harness.send();
    assert_eq!(harness.wire.len(), 3);
    harness.sounds(2);
    harness.sounds(2);
    harness.sounds(1);
    assert_eq!(harness.ends, [(part, Ok(()))]);
    harness.sounds(3);
    assert_eq!(harness.replies(both), 3);
    assert_eq!(harness.replies(part), 2);
    assert_eq!(harness.replies(other), 2);
    assert_eq!(harness.ends.len(), 3);
}

#[test]
fn channel_info_of_other_fields_waits() {
    let mut harness = Harness::new();
    let status = harness.request(channel_info(1, ChannelInfoField::Status));
    let same = harness.request(channel_info(1, ChannelInfoField::Status));
    let time = harness.request(channel_info(1, ChannelInfoField::VoiceStartTime));
    harness.send();
    assert_eq!(harness.wire.len(), 1);
    harness.channel_info(1);
    assert_eq!(harness.ends, [(status, Ok(())), (same, Ok(()))]);
    harness.send();
    assert_eq!(harness.wire.len(), 2);
    harness.channel_info(1);
    assert_eq!(harness.ends.last(), Some(&(time, Ok(()))));
    assert_eq!(harness.replies(time), 1);
}
