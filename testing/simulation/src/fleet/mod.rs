//! A bot over several processes, while processes die, pause and are cut off, and the engine forgets.
//!
//! The nodes are [`Node`](gloaming_coordinator::Node)s, with drivers that keep the contract in its documentation. They
//! reach a [`MemoryCoordinator`](gloaming_coordinator::MemoryCoordinator) over messages that take time and get lost. Each
//! process and the engine has a clock of its own, and clocks differ by up to 0.9 % in their rate.

mod checks;
mod connections;
mod discord;
mod driver;
mod engine;
mod event;
mod faults;
mod figures;
mod plan;
mod process;
mod publishing;
mod world;

pub use self::figures::{FleetFigures, figures};

use self::{plan::FleetPlan, world::World};
use crate::{bug::Bug, finding::Finding};

/// Runs the fleet of a seed, and returns the first violation.
pub(crate) fn run(seed: u64, bug: Option<Bug>) -> Option<Finding> {
    World::new(FleetPlan::new(seed, bug), bug).run()
}

/// Runs the fleet of a seed, and prints each step.
pub(crate) fn trace(seed: u64) -> Option<Finding> {
    let mut world = World::new(FleetPlan::new(seed, None), None);
    world.has_trace = true;
    world.run()
}
