//! Ten thousand seeded conversations with a server, a network, a queue and a user that do as they
//! please.

use crate::{
    harness::{Bench, RESUME_HOST, ready_as, resumed},
    send_window_is_never_exceeded::assert_window,
};
use gloaming_protocol::CloseFrame;
use gloaming_shard::{
    Session, ShardState,
    machine::{CommandId, Input, Lifecycle, Output, SendKind, Severity},
};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

const SEQUENCES: u64 = 10_000;
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

/// What must hold, kept from the outputs alone.
#[derive(Default)]
struct Police {
    permits: u64,
    identifies: u64,
    identified: Identified,
    sends: Vec<Instant>,
    session: Option<(String, u64)>,
    commands: HashMap<CommandId, u32>,
    connecting_or_open: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Identified {
    #[default]
    No,
    Yes,
}

impl Police {
    fn watch(&mut self, bench: &Bench, from: usize, seed: u64) {
        let mut delivered = 0;
        for (time, output) in &bench.log[from..] {
            match output {
                Output::Connect { .. } => {
                    assert!(
                        !self.connecting_or_open,
                        "seed {seed}: two connections at once"
                    );
                    self.connecting_or_open = true;
                    assert_window(&self.sends, &format!("seed {seed}"));
                    self.sends.clear();
                    self.identified = Identified::No;
                }
                Output::Send { kind, .. } => {
                    assert!(
                        self.connecting_or_open,
                        "seed {seed}: sent without a connection"
                    );
                    self.sends.push(*time);
                    match kind {
                        SendKind::Identify | SendKind::Resume => {
                            assert_eq!(
                                self.identified,
                                Identified::No,
                                "seed {seed}: twice on a connection (P13)"
                            );
                            self.identified = Identified::Yes;
                            if *kind == SendKind::Identify {
                                self.identifies += 1;
                                assert!(
                                    self.identifies <= self.permits,
                                    "seed {seed}: identify without a permit"
                                );
                            }
                        }
                        SendKind::Command => assert_eq!(
                            self.identified,
                            Identified::Yes,
                            "seed {seed}: a command before the session (P13)"
                        ),
                        SendKind::Heartbeat => {}
                    }
                }
                Output::Deliver => delivered += 1,
                Output::Command { id, .. } => {
                    *self.commands.get_mut(id).expect("a known command") += 1;
                }
                Output::Disconnect => self.connecting_or_open = false,
                Output::Event(Lifecycle::Disconnected { .. }) => self.connecting_or_open = false,
                _ => {}
            }
        }
        assert!(delivered <= 1, "seed {seed}: delivered more than once");
        self.watch_sequence(bench, seed);
        self.watch_deadline(bench, seed);
    }

    fn watch_sequence(&mut self, bench: &Bench, seed: u64) {
        let current = bench
            .machine
            .session()
            .map(|session| (session.id().to_owned(), session.sequence()));
        if let (Some((old_id, old)), Some((id, sequence))) = (&self.session, &current)
            && old_id == id
        {
            assert!(
                sequence >= old,
                "seed {seed}: {old} went back to {sequence}"
            );
        }
        self.session = current;
    }

    fn watch_deadline(&self, bench: &Bench, seed: u64) {
        let state = bench.machine.state_name();
        match bench.machine.state() {
            ShardState::Closed | ShardState::FatallyClosed => {
                assert_eq!(bench.deadline, None, "seed {seed}: stopped");
            }
            _ if state == "idle" => {}
            _ => assert!(
                bench.deadline.is_some(),
                "seed {seed}: {state} has no deadline"
            ),
        }
    }
}

#[test]
fn ten_thousand_times() {
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
    let mut police = Police::default();
    let mut sequence = 0;
    for step in 0..STEPS {
        let from = bench.log.len();
        if dice.roll(4) == 0 {
            bench.now += Duration::from_millis(dice.roll(20_000));
        }
        act(&mut bench, &mut police, &mut dice, &mut sequence, step);
        police.watch(&bench, from, seed);
        *reached.entry(bench.machine.state_name()).or_default() += 1;
    }
    settle(&mut bench, &mut police, seed);
}

fn act(bench: &mut Bench, police: &mut Police, dice: &mut Dice, sequence: &mut u64, step: usize) {
    // Mostly what the state is waiting for, so that every state is reached; else anything at all.
    if dice.roll(10) < 7 && follow_the_protocol(bench, police, dice, sequence, step) {
        return;
    }
    match dice.roll(20) {
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
        11 if police.connecting_or_open => drop(bench.lost()),
        12 if police.connecting_or_open => drop(bench.closed(4000 + dice.roll(16) as u16)),
        13 => {
            for _ in 0..dice.roll(200) {
                command(bench, police);
            }
        }
        14 => drop(bench.input(Input::ReadPaused)),
        15 => drop(bench.input(Input::ReadResumed)),
        16 => drop(bench.input(Input::Timeout)),
        17 => drop(bench.input(Input::PermitRefused {
            retry_in: Some(Duration::from_millis(dice.roll(u64::MAX))),
        })),
        18 => drop(bench.input(Input::Reconnect)),
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
        "awaiting permit" => {
            police.permits += 1;
            drop(bench.input(Input::PermitGranted));
        }
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

fn command(bench: &mut Bench, police: &mut Police) {
    // The id is known only once it was queued, so the entry is made before the outcome is looked at.
    let (id, _) = bench.command("{}");
    police.commands.insert(id, 0);
}

/// Time alone brings every machine to rest or to another attempt, and every command to its end.
fn settle(bench: &mut Bench, police: &mut Police, seed: u64) {
    let from = bench.log.len();
    for _ in 0..50 {
        let Some(deadline) = bench.deadline else {
            break;
        };
        assert!(
            deadline < bench.now + Duration::from_secs(86_401),
            "seed {seed}: a deadline out of reach"
        );
        bench.next_deadline();
        if let Some(next) = bench.deadline {
            assert!(
                next > bench.now,
                "seed {seed}: a deadline that stands still"
            );
        }
    }
    for (_, output) in &bench.log[from..] {
        if let Output::Command { id, .. } = output {
            *police.commands.get_mut(id).expect("a known command") += 1;
        }
    }
    bench.now += Duration::from_secs(400);
    let from = bench.log.len();
    bench.input(Input::Timeout);
    for (_, output) in &bench.log[from..] {
        if let Output::Command { id, .. } = output {
            *police.commands.get_mut(id).expect("a known command") += 1;
        }
    }
    for (id, times) in &police.commands {
        assert_eq!(*times, 1, "seed {seed}: {id:?} resolved {times} times");
    }
}
