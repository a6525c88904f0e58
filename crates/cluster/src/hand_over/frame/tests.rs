//! Frames as bytes, and bytes that are no frames.

use super::{Frame, FrameError, MAX_CHUNK, MAX_FRAME};
use crate::hand_over::{HandOverRefusal, owner::Owner};
use bytes::{Bytes, BytesMut};
use gloaming_protocol::ShardId;
use gloaming_shard::Session;

fn frames() -> Vec<Frame> {
    let shard = ShardId::new(3, 16);
    let session = Session::new(7, "id".to_owned());
    vec![
        Frame::Hello {
            versions: 1..=4,
            owner: Owner::of("MTI.secret.secret"),
            wanted: vec![ShardId::ONE, shard],
        },
        Frame::Welcome {
            version: 1,
            shards: vec![shard],
        },
        Frame::Session {
            shard,
            session: None,
            state_bytes: 0,
        },
        Frame::Session {
            shard,
            session: Some(session.clone()),
            state_bytes: 9,
        },
        Frame::Session {
            shard,
            session: Some(
                session
                    .with_resume_url("wss://resume".to_owned())
                    .with_shard(shard),
            ),
            state_bytes: u64::MAX,
        },
        Frame::State(Bytes::from(vec![7; MAX_CHUNK])),
        Frame::State(Bytes::new()),
        Frame::Complete {
            shards: 1,
            state_bytes: 9,
        },
        Frame::Accepted,
        Frame::Released,
        Frame::Running,
        Frame::Done,
        Frame::RolledBack(HandOverRefusal::Version { min: 1, max: 2 }),
        Frame::RolledBack(HandOverRefusal::HandlersTooSlow { shard: 3 }),
    ]
}

#[test]
fn frames_arrive_as_they_were_sent() {
    let mut bytes = BytesMut::new();
    for frame in frames() {
        frame.encode(&mut bytes).unwrap();
    }
    for frame in frames() {
        assert_eq!(Frame::decode(&mut bytes), Ok(Some(frame)));
    }
    assert_eq!(Frame::decode(&mut bytes), Ok(None));
}

#[test]
fn incomplete_frames_are_awaited_and_cut_ones_are_malformed() {
    for frame in frames() {
        let mut bytes = BytesMut::new();
        frame.encode(&mut bytes).unwrap();
        for length in 0..bytes.len().min(200) {
            let mut start = BytesMut::from(&bytes[..length]);
            assert_eq!(Frame::decode(&mut start), Ok(None), "{frame:?}, {length}");
            if length < 5 || matches!(frame, Frame::State(_)) {
                continue;
            }
            let cut = u32::try_from(length - 4).unwrap();
            start[..4].copy_from_slice(&cut.to_be_bytes());
            let decoded = Frame::decode(&mut start);
            assert_eq!(decoded, Err(FrameError::Malformed), "{frame:?}, {length}");
        }
    }
}

#[test]
fn any_changed_byte_is_a_frame_or_an_error() {
    for frame in frames() {
        let mut bytes = BytesMut::new();
        frame.encode(&mut bytes).unwrap();
        for position in 0..bytes.len().min(100) {
            for value in [0, 1, 2, 10, 0x7f, 0xff] {
                let mut changed = bytes.clone();
                changed[position] = value;
                _ = Frame::decode(&mut changed);
            }
        }
    }
}

/// A frame with a body of this many bytes.
fn frame_of(length: usize) -> Frame {
    Frame::State(Bytes::from(vec![7; length - 1]))
}

#[test]
fn the_largest_frame_arrives_whatever_was_written_before_it() {
    let mut bytes = BytesMut::new();
    for _ in 0..2 {
        frame_of(MAX_FRAME).encode(&mut bytes).unwrap();
    }
    for _ in 0..2 {
        let decoded = Frame::decode(&mut bytes);
        assert_eq!(decoded, Ok(Some(frame_of(MAX_FRAME))));
    }
    assert!(bytes.is_empty());
}

#[test]
fn frames_that_are_too_long_are_not_written() {
    let mut out = BytesMut::from(&b"before"[..]);
    let frame = frame_of(MAX_FRAME + 1);
    assert_eq!(frame.encode(&mut out), Err(FrameError::TooLong));
    let session = Session::new(1, "i".repeat(70_000));
    let frame = Frame::Session {
        shard: ShardId::ONE,
        session: Some(session),
        state_bytes: 0,
    };
    assert_eq!(frame.encode(&mut out), Err(FrameError::TooLong));
    assert_eq!(&out[..], b"before");
}

#[test]
fn long_frames_are_refused_before_they_arrive() {
    let decode = |length: usize| {
        let length = u32::try_from(length).unwrap();
        Frame::decode(&mut BytesMut::from(&length.to_be_bytes()[..]))
    };
    assert_eq!(decode(MAX_FRAME), Ok(None));
    assert_eq!(decode(MAX_FRAME + 1), Err(FrameError::TooLong));
}

#[test]
fn other_protocols_are_no_hello() {
    let mut bytes = BytesMut::from(&b"GET / HTTP/1.1\r\n\r\n"[..]);
    assert_eq!(Frame::decode(&mut bytes), Err(FrameError::TooLong));
    let mut bytes = BytesMut::from(&[0, 0, 0, 3, 1, 2, 3][..]);
    assert_eq!(Frame::decode(&mut bytes), Err(FrameError::Malformed));
}

#[test]
fn debug_names_the_frame_and_shows_no_session() {
    let shown = format!("{:?}", frames());
    let expected = "[Hello, Welcome, Session, Session, Session, State, State, Complete, Accepted, Released, Running, \
                    Done, RolledBack(Version { min: 1, max: 2 }), RolledBack(HandlersTooSlow { shard: 3 })]";
    assert_eq!(shown, expected);
}
