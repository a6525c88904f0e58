//! The number of attempts a minute is bounded, whatever the server does.

use gloaming_machine::Input;
use gloaming_test_support::{
    Random,
    machine::{Effect, Harness, connects, ready_as, resumed},
};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// As `BackoffPolicy` has it.
const PER_MINUTE: usize = 90;

/// What becomes of one connection.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Refused,
    ClosedBeforeHello,
    Op7BeforeHello,
    ClosedAfterHello,
    Op9 {
        resumable: bool,
    },
    /// Comes up and stands for so long, then ends with a code, or op 7, or nothing.
    Up {
        stand: Duration,
        end: End,
    },
    /// Comes up with READY, also in place of RESUMED, which names a resume host anew. Stands for so long, then ends with op
    /// 7.
    Replaced {
        stand: Duration,
    },
}

#[derive(Clone, Copy, Debug)]
enum End {
    Code(u16),
    Op7,
    Lost,
}

/// Plays for `time`, and returns when connections were asked for.
fn play(seed: u64, time: Duration, mut fate: impl FnMut(usize) -> Fate) -> Vec<Instant> {
    let mut harness = Harness::seeded(seed);
    let end = harness.now + time;
    let mut asked = Vec::new();
    let mut outputs = harness.input(Input::Start);
    while harness.now < end {
        while connects(&outputs).is_empty() {
            outputs = harness.next_deadline();
        }
        asked.push(harness.now);
        outputs = suffer(&mut harness, fate(asked.len() - 1));
        if harness.machine.is_stopped() {
            panic!("seed {seed}: it stopped");
        }
    }
    asked
}

fn suffer(harness: &mut Harness, fate: Fate) -> Vec<Effect> {
    if let Fate::Refused = fate {
        return harness.connect_failed();
    }
    harness.input(Input::Connected);
    match fate {
        Fate::Refused | Fate::ClosedBeforeHello => {}
        Fate::Op7BeforeHello => drop(harness.payload(r#"{"op":7,"d":null}"#)),
        Fate::ClosedAfterHello => drop(harness.hello()),
        Fate::Op9 { resumable } => {
            harness.hello();
            harness.payload(&format!(r#"{{"op":9,"d":{resumable}}}"#));
        }
        Fate::Up { stand, end } => {
            harness.hello();
            match harness.sequence() {
                Some(sequence) => drop(harness.payload(&resumed(sequence + 1))),
                None => new_session(harness),
            }
            harness.advance_acknowledged(stand);
            match end {
                End::Code(code) => return harness.closed(code),
                End::Op7 => drop(harness.payload(r#"{"op":7,"d":null}"#)),
                End::Lost => {}
            }
        }
        Fate::Replaced { stand } => {
            harness.hello();
            new_session(harness);
            harness.advance_acknowledged(stand);
            harness.payload(r#"{"op":7,"d":null}"#);
        }
    }
    harness.lost()
}

fn new_session(harness: &mut Harness) {
    if harness.sequence().is_none() {
        harness.input(Input::PermitGranted);
    }
    let asked = harness.log.len();
    harness.payload(&ready_as(&format!("s{asked}"), 1));
}

/// The most that fall into one minute.
fn most_in_a_minute(asked: &[Instant]) -> usize {
    let counts = (0..asked.len()).map(|from| {
        let rest = &asked[from..];
        rest.partition_point(|at| *at < asked[from] + MINUTE)
    });
    counts.max().unwrap_or_default()
}

fn any_fate(random: &mut Random) -> Fate {
    match random.below(12) {
        0..2 => Fate::Refused,
        2 => Fate::ClosedBeforeHello,
        3 => Fate::Op7BeforeHello,
        4 => Fate::ClosedAfterHello,
        5 => Fate::Op9 {
            resumable: random.below(2) == 0,
        },
        _ => Fate::Up {
            stand: Duration::from_millis(random.below(3_000)),
            end: match random.below(4) {
                0 => End::Lost,
                1 => End::Op7,
                2 => End::Code(4009),
                _ => End::Code(4000),
            },
        },
    }
}

#[test]
fn random_servers() {
    for seed in 1..=40_u64 {
        let mut random = Random::new(seed);
        // Each has a few habits, in turn.
        let habits: Vec<_> = (0..1 + random.below(5))
            .map(|_| any_fate(&mut random))
            .collect();
        let asked = play(seed, 5 * MINUTE, |n| habits[n % habits.len()]);
        let most = most_in_a_minute(&asked);
        assert!(most <= PER_MINUTE, "seed {seed}: {most}, {habits:?}");
    }
}

#[test]
fn hostile_servers() {
    let up = |millis| Fate::Up {
        stand: Duration::from_millis(millis),
        end: End::Op7,
    };
    let refused = Fate::Refused;
    for (habits, bound) in [
        (vec![refused], 8),
        (vec![up(0)], 12),
        (vec![up(500)], 16),
        (vec![up(1_000)], 22),
        (vec![up(2_000)], 30),
        (vec![up(1_900), refused], 50),
        // The next is free after one that stood, and so is the first on the main host.
        (vec![up(2_000), refused, refused], 75),
        (vec![up(0), refused, refused], 35),
    ] {
        for seed in 0..4 {
            let asked = play(seed, 5 * MINUTE, |n| habits[n % habits.len()]);
            let most = most_in_a_minute(&asked);
            assert!(most <= bound, "seed {seed}: {most}, {habits:?}");
        }
    }
}

#[test]
fn patient_hostile_servers() {
    for seed in 0..4 {
        // It lets all be made up for, then makes the most of it.
        let asked = play(seed, 10 * MINUTE, |n| match n % 150 {
            n if n % 3 > 0 => Fate::Refused,
            0 => Fate::Replaced { stand: MINUTE },
            1..15 => Fate::Replaced {
                stand: Duration::ZERO,
            },
            _ => Fate::Replaced {
                stand: Duration::from_secs(2),
            },
        });
        let most = most_in_a_minute(&asked);
        assert!((70..=PER_MINUTE).contains(&most), "seed {seed}: {most}");
    }
}
