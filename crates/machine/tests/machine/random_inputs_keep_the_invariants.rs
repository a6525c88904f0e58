//! Thousands of seeded conversations with a server, a network, a queue and a user that do as they
//! please.

use crate::{
    harness::{Bench, RESUME_HOST, ready_as, resumed},
    police::Police,
};
use gloaming_machine::{Input, Session, Severity, ShardState};
use gloaming_protocol::CloseFrame;
use std::{collections::HashMap, time::Duration};

const SEQUENCES: u64 = 2_500;
const STEPS: usize = 120;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[test]
fn thousands_of_times() {
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
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let session = (dice.roll(3) == 0)
        .then(|| Session::new(dice.roll(9), "s0".into()).with_resume_url(RESUME_HOST.into()));
    let mut bench = Bench::build(|_| {}, session, seed);
    let mut police = Police::new(format!("seed {seed}"));
    let mut sequence = 0;
    for step in 0..STEPS {
        let from = bench.log.len();
        if dice.roll(4) == 0 {
            bench.now += Duration::from_millis(dice.roll(20_000));
        }
        act(&mut bench, &mut police, &mut dice, &mut sequence, step);
        police.watch(&bench, from);
        *reached.entry(bench.machine.state_name()).or_default() += 1;
    }
    police.settle(&mut bench);
}

fn act(bench: &mut Bench, police: &mut Police, dice: &mut Dice, sequence: &mut u64, step: usize) {
    // Mostly what the state is waiting for, so that every state is reached; else anything at all.
    if dice.roll(10) < 7 && follow_the_protocol(bench, police, dice, sequence, step) {
        return;
    }
    match dice.roll(22) {
        0 => drop(bench.input(Input::Start)),
        1 => drop(bench.hello()),
        2 => drop(bench.ack()),
        3 => drop(bench.payload(&ready_as(&format!("x{step}"), dice.roll(5)))),
        4 => drop(bench.payload(&resumed(dice.roll(50)))),
        5 => drop(bench.dispatch(dice.roll(50))),
        6 => drop(bench.payload(r#"{"op":1,"d":null}"#)),
        7 => drop(bench.payload(r#"{"op":7,"d":null}"#)),
        8 => drop(bench.payload(r#"{"op":9,"d":true}"#)),
        9 => drop(bench.payload(r#"{"op":9,"d":false}"#)),
        10 => drop(bench.input(Input::Unreadable)),
        11 if police.connecting_or_open() => drop(bench.lost()),
        12 if police.connecting_or_open() => drop(bench.closed(4000 + dice.roll(16) as u16)),
        13 => {
            for _ in 0..dice.roll(200) {
                police.command(bench, "{}");
            }
        }
        14 => drop(bench.input(Input::ReadPaused)),
        15 => drop(bench.input(Input::ReadResumed)),
        16 => drop(bench.input(Input::Timeout)),
        17 => drop(bench.input(Input::PermitRefused {
            retry_in: Some(Duration::from_millis(dice.roll(u64::MAX))),
        })),
        18 => drop(bench.input(Input::Reconnect)),
        19 => police.write_blocked(bench),
        20 => police.write_ready(bench),
        _ if dice.roll(20) == 0 => {
            let frame = CloseFrame::new(1000 + dice.roll(2) as u16 * 3000, "");
            drop(bench.input(Input::Shutdown(frame)));
        }
        _ => drop(bench.input(Input::Timeout)),
    }
}

fn follow_the_protocol(
    bench: &mut Bench,
    police: &mut Police,
    dice: &mut Dice,
    sequence: &mut u64,
    step: usize,
) -> bool {
    match bench.machine.state_name() {
        "idle" => drop(bench.input(Input::Start)),
        "connecting" if dice.roll(4) == 0 => drop(bench.connect_failed()),
        "connecting" if dice.roll(50) == 0 => {
            drop(bench.input(Input::ConnectFailed(Severity::Permanent)));
        }
        "connecting" => drop(bench.input(Input::Connected)),
        "awaiting hello" => drop(bench.hello()),
        "awaiting permit" => police.permit(bench),
        "identifying" => {
            *sequence = 1;
            drop(bench.payload(&ready_as(&format!("s{step}"), 1)));
        }
        "resuming" | "active" => {
            *sequence = bench.sequence().unwrap_or_default() + 1;
            if bench.machine.state() == ShardState::Resuming && dice.roll(3) == 0 {
                drop(bench.payload(&resumed(*sequence)));
            } else {
                drop(bench.dispatch(*sequence));
            }
        }
        "closing" => drop(bench.closed(4000)),
        _ => return false,
    }
    true
}
