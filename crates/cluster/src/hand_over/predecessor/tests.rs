//! What the predecessor does with each input in each state.

mod roll_backs;

use super::{
    ANSWER_TIMEOUT, KeptReason, Predecessor, PredecessorEnd, PredecessorOutput, PredecessorTimeouts,
};
use crate::hand_over::{
    HandOverRefusal,
    frame::{Frame, MAX_CHUNK},
    owner::Owner,
};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::{
    ops::RangeInclusive,
    sync::LazyLock,
    time::{Duration, Instant},
};

const SHARDS: [ShardId; 2] = [ShardId::new(4, 9), ShardId::new(7, 9)];

const TIMEOUTS: PredecessorTimeouts = PredecessorTimeouts {
    handlers: Duration::from_secs(30),
    start: Duration::from_secs(60),
};

/// The smallest step of time.
const TICK: Duration = Duration::from_nanos(1);

/// The states of a connection that has not ended.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Stage {
    AwaitingHello,
    Claiming,
    Preparing,
    AwaitingAccepted,
    ReleasingStore,
    AwaitingRunning,
}

const STAGES: [Stage; 6] = [
    Stage::AwaitingHello,
    Stage::Claiming,
    Stage::Preparing,
    Stage::AwaitingAccepted,
    Stage::ReleasingStore,
    Stage::AwaitingRunning,
];

impl Stage {
    /// What the successor is to send now.
    const fn expects(self, frame: &Frame) -> bool {
        matches!(
            (self, frame),
            (Self::AwaitingHello, Frame::Hello { .. })
                | (Self::AwaitingAccepted, Frame::Accepted)
                | (Self::AwaitingRunning, Frame::Running)
        )
    }

    const fn timeout(self) -> Duration {
        match self {
            Self::AwaitingHello
            | Self::Claiming
            | Self::AwaitingAccepted
            | Self::ReleasingStore => ANSWER_TIMEOUT,
            Self::Preparing => TIMEOUTS.handlers,
            Self::AwaitingRunning => TIMEOUTS.start,
        }
    }
}

fn start() -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(gloaming_test_support::start_of_time);
    *START
}

fn owner() -> Owner {
    Owner::of("MTI.secret.secret")
}

fn hello(versions: RangeInclusive<u16>) -> Frame {
    Frame::Hello {
        versions,
        owner: owner(),
        wanted: SHARDS.to_vec(),
    }
}

fn session() -> Option<Session> {
    Some(Session::new(7, "id".to_owned()))
}

fn predecessor() -> Predecessor {
    Predecessor::new(start(), owner(), TIMEOUTS)
}

fn outputs(predecessor: &mut Predecessor) -> Vec<PredecessorOutput> {
    std::iter::from_fn(|| predecessor.poll_output()).collect()
}

/// A predecessor in this state, which it entered at the start, with nothing more to do.
fn predecessor_at(stage: Stage) -> Predecessor {
    let mut predecessor = predecessor();
    let now = start();
    for step in STAGES.into_iter().filter(|step| *step < stage) {
        match step {
            Stage::AwaitingHello => predecessor.handle_frame(now, hello(1..=1)),
            Stage::Claiming => predecessor.claimed(now, SHARDS.to_vec()),
            Stage::Preparing => {
                for shard in SHARDS {
                    predecessor.prepared(now, shard, session(), Bytes::new());
                }
            }
            Stage::AwaitingAccepted => predecessor.handle_frame(now, Frame::Accepted),
            Stage::ReleasingStore => predecessor.store_released(now),
            Stage::AwaitingRunning => {}
        }
        outputs(&mut predecessor);
    }
    predecessor
}

/// What the predecessor does to keep its shards.
fn kept(stage: Stage, refusal: HandOverRefusal) -> Vec<PredecessorOutput> {
    let told = PredecessorOutput::Send(Frame::RolledBack(refusal));
    let roll_back = (stage >= Stage::Preparing).then_some(PredecessorOutput::RollBack);
    let end = PredecessorOutput::End(PredecessorEnd::Kept(KeptReason::Refused(refusal)));
    [Some(told), roll_back, Some(end)]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn shards_are_given_step_by_step() {
    let mut predecessor = predecessor();
    let mut now = start();
    assert_eq!(predecessor.deadline(), Some(now + ANSWER_TIMEOUT));

    now += TICK;
    predecessor.handle_frame(now, hello(1..=1));
    let claim = PredecessorOutput::Claim(SHARDS.to_vec());
    assert_eq!(outputs(&mut predecessor), [claim]);

    now += TICK;
    predecessor.claimed(now, SHARDS.to_vec());
    let welcome = Frame::Welcome {
        version: 1,
        shards: SHARDS.to_vec(),
    };
    let expected = [
        PredecessorOutput::Send(welcome),
        PredecessorOutput::Prepare(SHARDS.to_vec()),
    ];
    assert_eq!(outputs(&mut predecessor), expected);
    let handlers_deadline = Some(now + TIMEOUTS.handlers);
    assert_eq!(predecessor.deadline(), handlers_deadline);

    now += TICK;
    predecessor.prepared(now, SHARDS[1], None, Bytes::new());
    let empty = Frame::Session {
        shard: SHARDS[1],
        session: None,
        state_bytes: 0,
    };
    assert_eq!(outputs(&mut predecessor), [PredecessorOutput::Send(empty)]);
    // The time is for all shards together.
    assert_eq!(predecessor.deadline(), handlers_deadline);
    predecessor.prepared(now, SHARDS[0], session(), Bytes::from_static(b"state"));
    let expected = [
        Frame::Session {
            shard: SHARDS[0],
            session: session(),
            state_bytes: 5,
        },
        Frame::State(Bytes::from_static(b"state")),
        Frame::Complete {
            shards: 2,
            state_bytes: 5,
        },
    ];
    assert_eq!(
        outputs(&mut predecessor),
        expected.map(PredecessorOutput::Send)
    );
    assert_eq!(predecessor.deadline(), Some(now + ANSWER_TIMEOUT));

    now += TICK;
    predecessor.handle_frame(now, Frame::Accepted);
    assert_eq!(outputs(&mut predecessor), [PredecessorOutput::ReleaseStore]);
    assert_eq!(predecessor.deadline(), Some(now + ANSWER_TIMEOUT));

    now += TICK;
    predecessor.store_released(now);
    let released = PredecessorOutput::Send(Frame::Released);
    assert_eq!(outputs(&mut predecessor), [released]);
    assert_eq!(predecessor.deadline(), Some(now + TIMEOUTS.start));

    predecessor.handle_frame(now, Frame::Running);
    let expected = [
        PredecessorOutput::Commit,
        PredecessorOutput::Send(Frame::Done),
        PredecessorOutput::End(PredecessorEnd::Given),
    ];
    assert_eq!(outputs(&mut predecessor), expected);
    assert_eq!(predecessor.deadline(), None);
}

#[test]
fn the_highest_common_version_is_spoken() {
    for versions in [1..=1, 0..=1, 1..=2, 0..=u16::MAX] {
        let mut predecessor = predecessor();
        predecessor.handle_frame(start(), hello(versions.clone()));
        outputs(&mut predecessor);
        predecessor.claimed(start(), SHARDS.to_vec());
        let welcome = PredecessorOutput::Send(Frame::Welcome {
            version: 1,
            shards: SHARDS.to_vec(),
        });
        assert_eq!(predecessor.poll_output(), Some(welcome), "{versions:?}");
    }
}

#[test]
fn a_successor_without_a_common_version_is_told_the_versions() {
    let refusal = HandOverRefusal::Version { min: 1, max: 1 };
    #[expect(
        clippy::reversed_empty_ranges,
        reason = "a successor may send any two numbers"
    )]
    for versions in [0..=0, 2..=2, 2..=u16::MAX, 2..=1] {
        let mut predecessor = predecessor();
        predecessor.handle_frame(start(), hello(versions.clone()));
        let expected = kept(Stage::AwaitingHello, refusal);
        assert_eq!(outputs(&mut predecessor), expected, "{versions:?}");
    }
}

#[test]
fn a_successor_of_another_bot_claims_nothing() {
    let mut predecessor = predecessor();
    let hello = Frame::Hello {
        versions: 1..=1,
        owner: Owner::of("MTM.secret.secret"),
        wanted: SHARDS.to_vec(),
    };
    predecessor.handle_frame(start(), hello);
    let expected = kept(Stage::AwaitingHello, HandOverRefusal::AnotherBot);
    assert_eq!(outputs(&mut predecessor), expected);
}

#[test]
fn a_successor_that_wants_only_shards_of_others_is_refused() {
    let mut predecessor = predecessor_at(Stage::Claiming);
    predecessor.claimed(start(), Vec::new());
    let expected = kept(Stage::Claiming, HandOverRefusal::NoShards);
    assert_eq!(outputs(&mut predecessor), expected);
}

#[test]
fn each_claimed_shard_is_sent_once_and_no_other() {
    let mut predecessor = predecessor_at(Stage::Preparing);
    let others = [ShardId::new(5, 9), ShardId::new(4, 8)];
    for shard in [others[0], SHARDS[0], SHARDS[0], others[1]] {
        predecessor.prepared(start(), shard, session(), Bytes::new());
    }
    let sent = Frame::Session {
        shard: SHARDS[0],
        session: session(),
        state_bytes: 0,
    };
    assert_eq!(outputs(&mut predecessor), [PredecessorOutput::Send(sent)]);

    predecessor.prepared(start(), SHARDS[1], session(), Bytes::new());
    let sent = outputs(&mut predecessor);
    let complete = Frame::Complete {
        shards: 2,
        state_bytes: 0,
    };
    assert_eq!(sent.last(), Some(&PredecessorOutput::Send(complete)));
}

#[test]
fn long_states_are_sent_in_parts() {
    let lengths = |state: usize| {
        let mut predecessor = predecessor_at(Stage::Preparing);
        predecessor.prepared(start(), SHARDS[0], None, Bytes::from(vec![7; state]));
        let parts = outputs(&mut predecessor)
            .into_iter()
            .filter_map(|output| match output {
                PredecessorOutput::Send(Frame::State(part)) => Some(part.len()),
                _ => None,
            });
        parts.collect::<Vec<_>>()
    };
    assert!(lengths(0).is_empty());
    assert_eq!(lengths(1), [1]);
    assert_eq!(lengths(MAX_CHUNK), [MAX_CHUNK]);
    assert_eq!(lengths(2 * MAX_CHUNK + 1), [MAX_CHUNK, MAX_CHUNK, 1]);
}

#[test]
fn answers_of_the_process_count_only_where_they_were_asked_for() {
    for stage in STAGES {
        let mut predecessor = predecessor_at(stage);
        if stage != Stage::Claiming {
            predecessor.claimed(start() + TICK, SHARDS.to_vec());
        }
        if stage != Stage::Preparing {
            predecessor.prepared(start() + TICK, SHARDS[0], session(), Bytes::new());
        }
        if stage != Stage::ReleasingStore {
            predecessor.store_released(start() + TICK);
        }
        assert_eq!(predecessor.poll_output(), None, "{stage:?}");
        let deadline = Some(start() + stage.timeout());
        assert_eq!(predecessor.deadline(), deadline, "{stage:?}");
    }
}

#[test]
fn nothing_changes_what_came_of_a_connection() {
    let given = || {
        let mut predecessor = predecessor_at(Stage::AwaitingRunning);
        predecessor.handle_frame(start(), Frame::Running);
        predecessor
    };
    let kept = || {
        let mut predecessor = predecessor_at(Stage::AwaitingRunning);
        predecessor.handle_end();
        predecessor
    };
    let late = start() + Duration::from_secs(3600);
    let inputs: [fn(&mut Predecessor, Instant); 9] = [
        |ended, late| ended.handle_frame(late, hello(1..=1)),
        |ended, late| ended.handle_frame(late, Frame::Running),
        |ended, late| ended.claimed(late, SHARDS.to_vec()),
        |ended, late| ended.store_released(late),
        |ended, _| ended.shard_stopped(SHARDS[0]),
        |ended, _| ended.handle_end(),
        |ended, _| ended.handle_malformed(),
        |ended, _| ended.handle_stall(),
        |ended, late| ended.handle_timeout(late),
    ];
    for mut ended in [given(), kept()] {
        outputs(&mut ended);
        for (number, input) in inputs.iter().enumerate() {
            input(&mut ended, late);
            assert_eq!(ended.poll_output(), None, "input {number}");
            assert_eq!(ended.deadline(), None, "input {number}");
        }
    }
}
