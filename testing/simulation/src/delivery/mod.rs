//! Processes that handle the events of one shard, and are killed and restarted.
//!
//! The positions are those of the library's [`DeliveryTracker`](gloaming_machine::delivery::DeliveryTracker). The rest is
//! simulated: a gateway that keeps sessions, a shard that reads into a buffer, handlers that finish in any order or never,
//! and a store.

mod checks;
mod gateway;
mod handled;
mod items;
mod process;

use self::{gateway::Gateway, handled::Handled, items::Position, process::Process};
use crate::{
    bug::Bug,
    finding::{Finding, Invariant},
    random::Stream,
};
use gloaming_test_support::Random;
use std::time::Duration;

/// The steps of a run with faults.
const STEPS: u64 = 3_000;

/// The steps after them, within which everything has to be handled.
const QUIET_STEPS: u64 = 40_000;

/// What outlives a process.
struct World {
    gateway: Gateway,
    handled: Handled,
    /// What the store has.
    stored: Option<Position>,
    bug: Option<Bug>,
}

/// Runs the processes of a seed, and returns the first violation.
pub(crate) fn run(seed: u64, bug: Option<Bug>) -> Option<Finding> {
    let mut random = Stream::Delivery.random(seed);
    let mut world = World {
        gateway: Gateway::default(),
        handled: Handled::default(),
        stored: None,
        bug,
    };
    let mut process = Process::start(&mut world, &mut random);
    for step in 0..STEPS {
        let result = fault_or_step(&mut random, &mut world, &mut process);
        if let Err(detail) = result.and_then(|()| process.check(&world)) {
            return Some(finding(step, detail));
        }
    }
    // Whatever is held by then is given up, as in a process that goes on for ever.
    process = Process::start(&mut world, &mut random);
    for step in STEPS..STEPS + QUIET_STEPS {
        if process.is_idle(&world) {
            let result = process
                .check_all_handled()
                .and_then(|()| world.handled.check_complete(&world.gateway));
            return result.err().map(|detail| finding(step, detail));
        }
        let result = process.step(&mut random, &mut world, process::Handlers::Succeed);
        if let Err(detail) = result.and_then(|()| process.check(&world)) {
            return Some(finding(step, detail));
        }
    }
    Some(finding(
        STEPS + QUIET_STEPS,
        "the process does not handle its events".to_owned(),
    ))
}

fn fault_or_step(
    random: &mut Random,
    world: &mut World,
    process: &mut Process,
) -> Result<(), String> {
    match random.below(400) {
        0 => {
            *process = Process::start(world, random);
            // In a crash loop, a process has no time to handle what the one before has left.
            while random.once_in(3) {
                for _ in 0..random.below(6) {
                    process.step(random, world, process::Handlers::MayFail)?;
                }
                process.checkpoint(world)?;
                *process = Process::start(world, random);
            }
        }
        1 => {
            process.shut_down(random, world)?;
            *process = Process::start(world, random);
        }
        2 => process.crash_task(world),
        3 | 4 => process.reconnect(world),
        5 => process.lose_session(world),
        6..=9 => process.checkpoint(world)?,
        _ if random.once_in(3) => world.gateway.create_event(),
        _ => process.step(random, world, process::Handlers::MayFail)?,
    }
    Ok(())
}

fn finding(step: u64, detail: String) -> Finding {
    Finding {
        invariant: Invariant::AtLeastOnce,
        // A step takes about this long.
        at: Duration::from_millis(step),
        shard: Some(0),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::bug::Bug;

    #[test]
    fn seeds_keep_the_invariant() {
        for seed in 0..300 {
            assert!(run(seed, None).is_none(), "{seed}: {:?}", run(seed, None));
        }
    }

    #[test]
    fn each_bug_is_detected_by_several_seeds() {
        for bug in [
            Bug::ReceivedStored,
            Bug::TakenCounts,
            Bug::NewestStored,
            Bug::DroppedCounts,
            Bug::PositionOfLostSession,
            Bug::LossNotStored,
            Bug::LossReportCounts,
            Bug::RestoredLossForgotten,
            Bug::FreezeIgnored,
            Bug::TaskResumesAcknowledged,
        ] {
            let detected = (0..100)
                .filter(|seed| run(*seed, Some(bug)).is_some())
                .count();
            assert!(detected >= 4, "{bug:?}: {detected}");
        }
    }
}
