//! Seeded random conversations with a server, a network, a queue and a user.

use gloaming_machine::{Input, Session, ShardState};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::{
    Random,
    machine::{Harness, InvariantChecker, RESUME_HOST, ready_as, resumed},
};
use std::{collections::HashMap, time::Duration};

const SEQUENCES: u64 = 2_500;
const STEPS: usize = 120;

#[test]
fn random_inputs_keep_the_invariants() {
    let mut reached = HashMap::<&'static str, u64>::new();
    for seed in 1..=SEQUENCES {
        run(seed, &mut reached);
    }
    for state in [
        "connecting",
        "awaiting hello",
        "awaiting permit",
        "identifying",
        "resuming",
        "active",
        "closing",
        "backing off",
        "stopped",
    ] {
        let steps = reached.get(state).copied().unwrap_or_default();
        assert!(steps > 1_000, "{state} was reached in {steps} steps only");
    }
}

fn run(seed: u64, reached: &mut HashMap<&'static str, u64>) {
    let mut random = Random::new(seed);
    let session = (random.below(3) == 0)
        .then(|| Session::new(random.below(9), "s0".into()).with_resume_url(RESUME_HOST.into()));
    let mut harness = Harness::build(|_| {}, session, seed);
    let mut invariants = InvariantChecker::new(format!("seed {seed}"));
    let mut sequence = 0;
    for step in 0..STEPS {
        let from = harness.log.len();
        if random.below(4) == 0 {
            harness.now += Duration::from_millis(random.below(20_000));
        }
        act(
            &mut harness,
            &mut invariants,
            &mut random,
            &mut sequence,
            step,
        );
        invariants.watch(&harness, from);
        assert_eq!(
            harness.machine.deadline(),
            harness.deadline,
            "seed {seed}: the deadline of the last wait"
        );
        // Not at each step: what keeps the deadline has to keep it over several.
        if random.below(4) == 0 {
            harness.check_deadline();
        }
        *reached.entry(harness.machine.state_name()).or_default() += 1;
    }
    invariants.settle(&mut harness);
}

fn act(
    harness: &mut Harness,
    invariants: &mut InvariantChecker,
    random: &mut Random,
    sequence: &mut u64,
    step: usize,
) {
    // Mostly what the state is waiting for, so that every state is reached; else anything at all.
    if random.below(10) < 7 && follow_the_protocol(harness, invariants, random, sequence, step) {
        return;
    }
    match random.below(22) {
        0 => drop(harness.input(Input::Start)),
        1 => drop(harness.hello()),
        2 => drop(harness.ack()),
        3 => drop(harness.payload(&ready_as(&format!("x{step}"), random.below(5)))),
        4 => drop(harness.payload(&resumed(random.below(50)))),
        5 => drop(harness.dispatch(random.below(50))),
        6 => drop(harness.payload(r#"{"op":1,"d":null}"#)),
        7 => drop(harness.payload(r#"{"op":7,"d":null}"#)),
        8 => drop(harness.payload(r#"{"op":9,"d":true}"#)),
        9 => drop(harness.payload(r#"{"op":9,"d":false}"#)),
        10 => drop(harness.input(Input::Unreadable)),
        11 if invariants.connecting_or_open() => drop(harness.lost()),
        12 if invariants.connecting_or_open() => {
            drop(harness.closed(4000 + random.below(16) as u16))
        }
        13 => {
            for _ in 0..random.below(200) {
                invariants.command(harness, "{}");
            }
        }
        14 => drop(harness.input(Input::ReadPaused)),
        15 => drop(harness.input(Input::ReadResumed)),
        16 => drop(harness.input(Input::Timeout)),
        17 => drop(harness.input(Input::PermitRefused {
            retry_in: Some(Duration::from_millis(random.below(u64::MAX))),
        })),
        18 if random.below(4) == 0 => drop(harness.input(Input::NewSession)),
        18 => drop(harness.input(Input::Reconnect)),
        19 => harness.block(),
        20 if random.below(2) == 0 => drop(harness.unblock()),
        20 => take_one_frame(harness),
        _ if random.below(20) == 0 => {
            let frame = CloseFrame::new(1000 + random.below(2) as u16 * 3000, "");
            drop(harness.input(Input::Shutdown(frame)));
        }
        _ => drop(harness.input(Input::Timeout)),
    }
}

/// Gives the transport room for one frame. What is announced is a frame or an outcome: commands that expired meanwhile
/// are resolved instead of being sent. Nothing else comes.
fn take_one_frame(harness: &mut Harness) {
    harness.input(Input::Flushed);
    let is_announced = harness.machine.has_transmit(harness.now);
    let effects = harness.unblock_for_one();
    assert_eq!(is_announced, !effects.is_empty(), "{effects:?}");
}

fn follow_the_protocol(
    harness: &mut Harness,
    invariants: &mut InvariantChecker,
    random: &mut Random,
    sequence: &mut u64,
    step: usize,
) -> bool {
    match harness.machine.state_name() {
        "idle" => drop(harness.input(Input::Start)),
        "connecting" if random.below(4) == 0 => drop(harness.connect_failed()),
        "connecting" if random.below(50) == 0 => {
            drop(harness.connect_rejected());
        }
        "connecting" => drop(harness.input(Input::Connected)),
        "awaiting hello" => drop(harness.hello()),
        "awaiting permit" => invariants.permit(harness),
        "identifying" => {
            *sequence = 1;
            drop(harness.payload(&ready_as(&format!("s{step}"), 1)));
        }
        "resuming" | "active" => {
            *sequence = harness.sequence().unwrap_or_default() + 1;
            if harness.machine.state() == ShardState::Resuming && random.below(3) == 0 {
                drop(harness.payload(&resumed(*sequence)));
            } else {
                drop(harness.dispatch(*sequence));
            }
        }
        "closing" => drop(harness.closed(4000)),
        _ => return false,
    }
    true
}
