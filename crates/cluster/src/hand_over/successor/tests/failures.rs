//! The predecessor keeps its shards, ends, is silent, or breaks the protocol.

use super::{
    LIMITS, MALFORMED, OTHER, SHARDS, STAGES, Stage, TICK, complete, given, outputs, received,
    start, state, successor_at, welcome,
};
use crate::hand_over::{
    HandOverErrorKind, HandOverRefusal, frame::Frame, successor::SuccessorOutput,
};
use std::slice;

#[test]
fn what_contradicts_the_announcements_is_malformed() {
    let [first, second] = SHARDS.map(|shard| given(shard, 0));
    let long = given(SHARDS[0], 5);
    for frames in [
        // Other shards than announced.
        vec![given(OTHER, 0)],
        vec![first.clone(), first.clone()],
        // Other states than announced.
        vec![state("part")],
        vec![first.clone(), state("part")],
        vec![long.clone(), state("part"), state("parts")],
        vec![long.clone(), state("part"), second.clone()],
        // Other counts than what has arrived.
        vec![complete(0, 0)],
        vec![first.clone(), complete(1, 0)],
        vec![first.clone(), complete(2, 0)],
        vec![first.clone(), second.clone(), complete(1, 0)],
        vec![first.clone(), second.clone(), complete(3, 0)],
        vec![first.clone(), second.clone(), complete(2, 1)],
        vec![second.clone(), long.clone(), complete(2, 5)],
        vec![second.clone(), long.clone(), state("part"), complete(2, 5)],
        // Nothing that belongs here.
        vec![welcome(&SHARDS)],
        vec![first.clone(), Frame::Released],
    ] {
        assert_eq!(received(frames.clone()), [MALFORMED], "{frames:?}");
    }
}

#[test]
fn an_empty_part_does_not_extend_the_time() {
    let long = given(SHARDS[0], 5);
    assert_eq!(received([long.clone(), state("")]), [MALFORMED]);
    assert_eq!(received([long, state("state"), state("")]), [MALFORMED]);
}

#[test]
fn frames_that_nobody_awaits_are_malformed() {
    for stage in STAGES {
        let expected = match stage {
            Stage::Released => SuccessorOutput::Stop(HandOverRefusal::Malformed),
            // The predecessor finds RUNNING, whatever it sends.
            Stage::AwaitingDone => SuccessorOutput::Taken,
            _ => MALFORMED,
        };
        let mut frames = vec![state("part"), complete(2, 0), Frame::Accepted];
        if stage != Stage::AwaitingWelcome {
            frames.push(welcome(&SHARDS));
        }
        if stage != Stage::Receiving {
            frames.push(given(SHARDS[0], 0));
        }
        if stage != Stage::AwaitingReleased {
            frames.push(Frame::Released);
        }
        frames.extend([Frame::Running, Frame::Done]);
        for frame in frames {
            let mut successor = successor_at(stage);
            successor.handle_frame(start(), frame.clone());
            let outputs = outputs(&mut successor);
            assert_eq!(outputs, slice::from_ref(&expected), "{stage:?}, {frame:?}");
        }
        let mut successor = successor_at(stage);
        successor.handle_malformed();
        assert_eq!(outputs(&mut successor), [expected], "{stage:?}");
        assert_eq!(successor.deadline(), None, "{stage:?}");
    }
}

#[test]
fn a_predecessor_that_keeps_its_shards_says_why() {
    let reason = HandOverRefusal::HandlersTooSlow { shard: 4 };
    for stage in STAGES {
        let mut successor = successor_at(stage);
        successor.handle_frame(start(), Frame::RolledBack(reason));
        let expected = match stage {
            // The shards may run.
            Stage::Released | Stage::AwaitingDone => SuccessorOutput::Stop(reason),
            _ => SuccessorOutput::Failed(HandOverErrorKind::Refused { reason }),
        };
        assert_eq!(outputs(&mut successor), [expected], "{stage:?}");
        assert_eq!(successor.deadline(), None, "{stage:?}");
    }
}

#[test]
fn a_predecessor_that_ends_before_it_releases_its_shards_gives_none() {
    for stage in STAGES.into_iter().filter(|stage| *stage < Stage::Released) {
        let mut successor = successor_at(stage);
        successor.handle_end();
        let expected = SuccessorOutput::Failed(HandOverErrorKind::OldProcessEnded);
        assert_eq!(outputs(&mut successor), [expected], "{stage:?}");
        assert!(!successor.is_alone(), "{stage:?}");
    }
}

#[test]
fn a_predecessor_is_silent_for_the_limit_and_not_less() {
    for stage in STAGES {
        let mut successor = successor_at(stage);
        let deadline = start() + LIMITS.silence;
        let expected = stage.has_deadline().then_some(deadline);
        assert_eq!(successor.deadline(), expected, "{stage:?}");
        successor.handle_timeout(deadline - TICK);
        assert_eq!(successor.poll_output(), None, "{stage:?}");
        successor.handle_timeout(deadline);
        let expected = match stage {
            Stage::Checked | Stage::Released => None,
            // The predecessor finds RUNNING whenever it reads.
            Stage::AwaitingDone => Some(SuccessorOutput::Taken),
            _ => Some(SuccessorOutput::Failed(HandOverErrorKind::Timeout {
                after: LIMITS.silence,
            })),
        };
        assert_eq!(successor.poll_output(), expected, "{stage:?}");
        assert_eq!(successor.poll_output(), None, "{stage:?}");
    }
}
