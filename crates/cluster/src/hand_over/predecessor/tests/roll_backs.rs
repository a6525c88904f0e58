//! The predecessor keeps its shards.

use super::{
    SHARDS, STAGES, Stage, TICK, TIMEOUTS, hello, kept, outputs, predecessor_at, session, start,
};
use crate::hand_over::{
    HandOverRefusal,
    frame::Frame,
    predecessor::{KeptReason, PredecessorEnd, PredecessorOutput},
};
use bytes::Bytes;

#[test]
fn a_successor_that_breaks_the_protocol_gets_no_shards() {
    let frames = [
        hello(1..=1),
        Frame::Welcome {
            version: 1,
            shards: SHARDS.to_vec(),
        },
        Frame::State(Bytes::new()),
        Frame::Accepted,
        Frame::Released,
        Frame::Running,
        Frame::Done,
        Frame::RolledBack(HandOverRefusal::Canceled),
    ];
    for stage in STAGES {
        let expected = kept(stage, HandOverRefusal::Malformed);
        for frame in frames.iter().filter(|frame| !stage.expects(frame)) {
            let mut predecessor = predecessor_at(stage);
            predecessor.handle_frame(start(), frame.clone());
            assert_eq!(outputs(&mut predecessor), expected, "{stage:?}, {frame:?}");
        }
        let mut predecessor = predecessor_at(stage);
        predecessor.handle_malformed();
        assert_eq!(outputs(&mut predecessor), expected, "{stage:?}");
    }
}

#[test]
fn a_successor_that_does_not_read_gets_no_shards() {
    for stage in STAGES {
        let mut predecessor = predecessor_at(stage);
        predecessor.handle_stall();
        let expected = kept(stage, HandOverRefusal::TooLate);
        assert_eq!(outputs(&mut predecessor), expected, "{stage:?}");
    }
}

#[test]
fn a_successor_that_ends_leaves_the_shards() {
    let end = PredecessorEnd::Kept(KeptReason::SuccessorEnded);
    for stage in STAGES {
        let mut predecessor = predecessor_at(stage);
        predecessor.handle_end();
        // Nobody is left to be told.
        let mut expected = kept(stage, HandOverRefusal::Canceled);
        expected.remove(0);
        expected.pop();
        expected.push(PredecessorOutput::End(end));
        assert_eq!(outputs(&mut predecessor), expected, "{stage:?}");
        assert_eq!(predecessor.deadline(), None, "{stage:?}");
    }
}

#[test]
fn a_shard_that_stops_for_good_ends_the_hand_over() {
    for stage in [Stage::Preparing, Stage::AwaitingAccepted] {
        let mut predecessor = predecessor_at(stage);
        predecessor.shard_stopped(SHARDS[1]);
        let expected = kept(stage, HandOverRefusal::ShardStopped { shard: 7 });
        assert_eq!(outputs(&mut predecessor), expected, "{stage:?}");
    }
}

#[test]
fn what_was_not_sent_before_a_roll_back_is_not_sent() {
    let mut predecessor = predecessor_at(Stage::Preparing);
    predecessor.prepared(start(), SHARDS[0], session(), Bytes::new());
    predecessor.shard_stopped(SHARDS[1]);
    let expected = kept(Stage::Preparing, HandOverRefusal::ShardStopped { shard: 7 });
    assert_eq!(outputs(&mut predecessor), expected);
}

#[test]
fn each_state_has_its_time_and_not_less() {
    for stage in STAGES {
        let mut predecessor = predecessor_at(stage);
        let deadline = start() + stage.timeout();
        assert_eq!(predecessor.deadline(), Some(deadline), "{stage:?}");
        predecessor.handle_timeout(deadline - TICK);
        assert_eq!(predecessor.poll_output(), None, "{stage:?}");
        predecessor.handle_timeout(deadline);
        let refusal = match stage {
            Stage::Preparing => HandOverRefusal::HandlersTooSlow { shard: 4 },
            _ => HandOverRefusal::TooLate,
        };
        assert_eq!(outputs(&mut predecessor), kept(stage, refusal), "{stage:?}");
    }
}

#[test]
fn the_shard_whose_handlers_are_too_slow_is_named() {
    let mut predecessor = predecessor_at(Stage::Preparing);
    predecessor.prepared(start(), SHARDS[0], session(), Bytes::new());
    outputs(&mut predecessor);
    predecessor.handle_timeout(start() + TIMEOUTS.handlers);
    let refusal = HandOverRefusal::HandlersTooSlow { shard: 7 };
    assert_eq!(outputs(&mut predecessor), kept(Stage::Preparing, refusal));
}
