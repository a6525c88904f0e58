//! Processes that share a ledger, while they are killed and the wall clock is set.

mod gateway;
mod machine;
mod process;

use self::{
    gateway::IdentifyCounter,
    machine::SharedMachine,
    process::{Process, Step},
};
use crate::{
    bug::Bug,
    clock::Clock,
    finding::{Finding, Invariant},
    random::Stream,
};
use gloaming_queue::{LedgerState, QueueSettings};
use gloaming_test_support::Random;
use std::{num::NonZeroU16, time::Duration};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a run takes.
const RUN: Duration = DAY.saturating_mul(4);

/// The mean time between two faults.
const FAULT_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// More steps would be a loop.
const MAX_STEPS: usize = 400_000;

/// The ledger and the machine, which all processes share, and what Discord sees.
struct Shared {
    clock: Clock,
    ledger: LedgerState,
    machine: SharedMachine,
    gateway: IdentifyCounter,
    settings: QueueSettings,
    bug: Option<Bug>,
}

/// Runs the processes of a seed, and returns the first violation.
pub(crate) fn run(seed: u64, bug: Option<Bug>) -> Option<Finding> {
    let mut random = Stream::Ledger.random(seed);
    let settings = settings(&mut random);
    let mut shared = Shared {
        clock: Clock::new(),
        ledger: LedgerState::default(),
        machine: SharedMachine::draw(&mut random, bug),
        gateway: IdentifyCounter::new(&settings),
        settings,
        bug,
    };
    let shards = random.between(2_u32, 16);
    let mut processes = (0..random.between(2, 4))
        .map(|_| Process::new(shards, random.next()))
        .collect::<Vec<_>>();
    let mut elapsed = Duration::ZERO;
    let mut next_fault = Duration::ZERO;
    for _ in 0..MAX_STEPS {
        let next = processes.iter().map(Process::due).min().unwrap_or(RUN);
        elapsed = elapsed.max(next.min(next_fault));
        shared.clock.set(elapsed);
        if elapsed >= RUN {
            let is_locked_out = shared.gateway.last() + 5 * DAY / 2 < RUN;
            let detail = || "no identify was allowed for two and a half days".to_owned();
            return is_locked_out.then(|| finding(elapsed, detail()));
        }
        if next_fault <= elapsed {
            next_fault = elapsed + random.millis(1, 2 * FAULT_INTERVAL.as_millis() as u64);
            inject(&mut random, &mut shared, &mut processes, elapsed);
        }
        let due = processes
            .iter_mut()
            .find(|process| process.due() <= elapsed);
        let step = due.map(|process| process.step(elapsed, &mut shared));
        if let Some(Step::Identified { shard }) = step
            && let Err(detail) = shared.gateway.identify(elapsed, shard)
        {
            return Some(finding(elapsed, detail));
        }
    }
    Some(finding(elapsed, "the processes do not wait".to_owned()))
}

fn settings(random: &mut Random) -> QueueSettings {
    let total = random.between(20, 60);
    QueueSettings {
        max_concurrency: NonZeroU16::new(random.pick(&[1, 1, 2, 4, 16])).unwrap_or(NonZeroU16::MIN),
        remaining: total,
        total,
        reset_after: DAY,
        reserve: random.between(0, 3),
    }
}

/// Kills a process, sets the clock or restarts the machine.
fn inject(random: &mut Random, shared: &mut Shared, processes: &mut [Process], elapsed: Duration) {
    let restart = elapsed + random.millis(0, 120_000);
    match random.below(4) {
        0 => shared.machine.set_clock(random, elapsed),
        1 if shared.machine.reboot(elapsed) => {
            for process in processes {
                process.kill(restart);
            }
        }
        _ => {
            let killed = random.below(processes.len());
            processes[killed].kill(restart);
        }
    }
}

const fn finding(at: Duration, detail: String) -> Finding {
    Finding {
        invariant: Invariant::SharedLimits,
        at,
        shard: None,
        detail,
    }
}
