//! What the successor does with each input in each state.

mod failures;

use super::{Received, Successor, SuccessorLimits, SuccessorOutput};
use crate::hand_over::{HandOverErrorKind, HandOverRefusal, frame::Frame, owner::Owner};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

const SHARDS: [ShardId; 2] = [ShardId::new(4, 9), ShardId::new(7, 9)];

const OTHER: ShardId = ShardId::new(5, 9);

const LIMITS: SuccessorLimits = SuccessorLimits {
    silence: Duration::from_secs(60),
    state_bytes: 10,
};

/// The smallest step of time.
const TICK: Duration = Duration::from_nanos(1);

const MALFORMED: SuccessorOutput = SuccessorOutput::Failed(HandOverErrorKind::Malformed);

/// The states of a connection that has not ended.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Stage {
    AwaitingWelcome,
    Receiving,
    Checked,
    AwaitingReleased,
    Released,
    AwaitingDone,
}

const STAGES: [Stage; 6] = [
    Stage::AwaitingWelcome,
    Stage::Receiving,
    Stage::Checked,
    Stage::AwaitingReleased,
    Stage::Released,
    Stage::AwaitingDone,
];

impl Stage {
    /// Whether it is the predecessor's turn. Otherwise, the application may take its time.
    const fn has_deadline(self) -> bool {
        !matches!(self, Self::Checked | Self::Released)
    }
}

fn start() -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(gloaming_test_support::start_of_time);
    *START
}

fn owner() -> Owner {
    Owner::of("MTI.secret.secret")
}

fn session() -> Option<Session> {
    Some(Session::new(7, "id".to_owned()))
}

fn welcome(shards: &[ShardId]) -> Frame {
    Frame::Welcome {
        version: 1,
        shards: shards.to_vec(),
    }
}

fn given(shard: ShardId, state_bytes: u64) -> Frame {
    Frame::Session {
        shard,
        session: session(),
        state_bytes,
    }
}

const fn state(part: &'static str) -> Frame {
    Frame::State(Bytes::from_static(part.as_bytes()))
}

const fn complete(shards: u32, state_bytes: u64) -> Frame {
    Frame::Complete {
        shards,
        state_bytes,
    }
}

fn successor(wanted: &[ShardId]) -> Successor {
    Successor::new(start(), owner(), wanted.to_vec(), LIMITS)
}

fn outputs(successor: &mut Successor) -> Vec<SuccessorOutput> {
    std::iter::from_fn(|| successor.poll_output()).collect()
}

/// A successor in this state, which it entered at the start, with nothing more to do.
fn successor_at(stage: Stage) -> Successor {
    let mut successor = successor(&SHARDS);
    let now = start();
    for step in STAGES.into_iter().filter(|step| *step < stage) {
        match step {
            Stage::AwaitingWelcome => successor.handle_frame(now, welcome(&SHARDS)),
            Stage::Receiving => {
                for shard in SHARDS {
                    successor.handle_frame(now, given(shard, 0));
                }
                successor.handle_frame(now, complete(2, 0));
            }
            Stage::Checked => successor.accept(now),
            Stage::AwaitingReleased => successor.handle_frame(now, Frame::Released),
            Stage::Released => successor.running(now),
            Stage::AwaitingDone => {}
        }
    }
    outputs(&mut successor);
    successor
}

/// What the successor does with these frames after WELCOME.
fn received(frames: impl IntoIterator<Item = Frame>) -> Vec<SuccessorOutput> {
    let mut successor = successor_at(Stage::Receiving);
    for frame in frames {
        successor.handle_frame(start(), frame);
    }
    outputs(&mut successor)
}

#[test]
fn shards_are_taken_step_by_step() {
    let mut successor = successor(&SHARDS);
    let mut now = start();
    let hello = Frame::Hello {
        versions: 1..=1,
        owner: owner(),
        wanted: SHARDS.to_vec(),
    };
    assert_eq!(outputs(&mut successor), [SuccessorOutput::Send(hello)]);
    assert_eq!(successor.deadline(), Some(now + LIMITS.silence));

    // In any order. Each frame shows that the predecessor is there.
    for frame in [
        welcome(&SHARDS),
        given(SHARDS[1], 5),
        state("sta"),
        state("te"),
        given(SHARDS[0], 0),
    ] {
        now += TICK;
        successor.handle_frame(now, frame);
        assert_eq!(successor.poll_output(), None);
        assert_eq!(successor.deadline(), Some(now + LIMITS.silence));
    }
    successor.handle_frame(now, complete(2, 5));
    assert_eq!(outputs(&mut successor), [SuccessorOutput::Checked]);
    assert_eq!(successor.deadline(), None);
    let shards: Vec<_> = successor.received().iter().map(|it| it.shard).collect();
    assert_eq!(shards, [SHARDS[1], SHARDS[0]]);

    now += TICK;
    successor.accept(now);
    let accepted = SuccessorOutput::Send(Frame::Accepted);
    assert_eq!(outputs(&mut successor), [accepted]);
    assert_eq!(successor.deadline(), Some(now + LIMITS.silence));

    successor.handle_frame(now, Frame::Released);
    assert_eq!(outputs(&mut successor), [SuccessorOutput::Released]);
    assert_eq!(successor.deadline(), None);
    assert!(!successor.is_alone());
    let taken = successor.take_received().into_iter();
    let expected = [
        (SHARDS[1], session(), Bytes::from_static(b"state")),
        (SHARDS[0], session(), Bytes::new()),
    ];
    assert_eq!(
        taken.map(Received::into_parts).collect::<Vec<_>>(),
        expected
    );
    assert!(successor.received().is_empty());

    now += TICK;
    successor.running(now);
    let running = SuccessorOutput::Send(Frame::Running);
    assert_eq!(outputs(&mut successor), [running]);
    assert_eq!(successor.deadline(), Some(now + LIMITS.silence));

    successor.handle_frame(now, Frame::Done);
    assert_eq!(outputs(&mut successor), [SuccessorOutput::Taken]);
    assert_eq!(successor.deadline(), None);
}

#[test]
fn a_predecessor_gives_wanted_shards_in_a_version_that_both_speak() {
    let is_taken = |wanted: &[ShardId], version, shards: &[ShardId]| {
        let mut successor = successor(wanted);
        outputs(&mut successor);
        let shards = shards.to_vec();
        successor.handle_frame(start(), Frame::Welcome { version, shards });
        match successor.poll_output() {
            None => true,
            output => {
                assert_eq!(output, Some(MALFORMED));
                false
            }
        }
    };
    assert!(is_taken(&SHARDS, 1, &SHARDS));
    assert!(is_taken(&SHARDS, 1, &SHARDS[1..]));
    assert!(is_taken(&[], 1, &SHARDS));
    assert!(!is_taken(&SHARDS, 1, &[SHARDS[0], OTHER]));
    assert!(!is_taken(&SHARDS, 1, &[OTHER]));
    for version in [0, 2, u16::MAX] {
        assert!(!is_taken(&SHARDS, version, &SHARDS));
        assert!(!is_taken(&[], version, &SHARDS));
    }
}

#[test]
fn states_up_to_the_limit_are_taken() {
    let too_large = |bytes| {
        let limit = LIMITS.state_bytes;
        [SuccessorOutput::Failed(HandOverErrorKind::StateTooLarge {
            bytes,
            limit,
        })]
    };
    assert_eq!(received([given(SHARDS[0], 10)]), []);
    assert_eq!(received([given(SHARDS[0], 11)]), too_large(11));
    assert_eq!(received([given(SHARDS[0], 100)]), too_large(100));
    // They count together.
    let both = |second| [given(SHARDS[0], 4), state("four"), given(SHARDS[1], second)];
    assert_eq!(received(both(6)), []);
    assert_eq!(received(both(7)), too_large(11));
    assert_eq!(received(both(u64::MAX)), too_large(u64::MAX));
}

#[test]
fn shards_of_a_predecessor_that_died_after_their_release_are_taken() {
    let mut successor = successor_at(Stage::Released);
    successor.handle_end();
    assert!(successor.is_alone());
    assert_eq!(successor.poll_output(), None);
    // Nobody is left to be told.
    successor.running(start());
    assert_eq!(outputs(&mut successor), [SuccessorOutput::Taken]);
    assert!(!successor.is_alone());
}

#[test]
fn a_predecessor_that_ends_after_running_was_sent_has_given_its_shards() {
    let mut successor = successor_at(Stage::AwaitingDone);
    successor.handle_end();
    assert_eq!(outputs(&mut successor), [SuccessorOutput::Taken]);
}

#[test]
fn answers_of_the_application_count_only_where_they_were_asked_for() {
    for stage in STAGES {
        let mut successor = successor_at(stage);
        if stage != Stage::Checked {
            successor.accept(start() + TICK);
        }
        if stage != Stage::Released {
            successor.running(start() + TICK);
        }
        assert_eq!(successor.poll_output(), None, "{stage:?}");
        let deadline = stage.has_deadline().then(|| start() + LIMITS.silence);
        assert_eq!(successor.deadline(), deadline, "{stage:?}");
    }
}

#[test]
fn nothing_changes_what_came_of_a_connection() {
    let taken = || {
        let mut successor = successor_at(Stage::AwaitingDone);
        successor.handle_frame(start(), Frame::Done);
        successor
    };
    let failed = || {
        let mut successor = successor_at(Stage::AwaitingWelcome);
        successor.handle_end();
        successor
    };
    let late = start() + Duration::from_secs(3600);
    let inputs: [fn(&mut Successor, Instant); 8] = [
        |ended, late| ended.handle_frame(late, welcome(&SHARDS)),
        |ended, late| ended.handle_frame(late, Frame::Done),
        |ended, late| ended.handle_frame(late, Frame::RolledBack(HandOverRefusal::TooLate)),
        |ended, late| ended.accept(late),
        |ended, late| ended.running(late),
        |ended, _| ended.handle_end(),
        |ended, _| ended.handle_malformed(),
        |ended, late| ended.handle_timeout(late),
    ];
    for mut ended in [taken(), failed()] {
        outputs(&mut ended);
        for (number, input) in inputs.iter().enumerate() {
            input(&mut ended, late);
            assert_eq!(ended.poll_output(), None, "input {number}");
            assert_eq!(ended.deadline(), None, "input {number}");
        }
    }
}
