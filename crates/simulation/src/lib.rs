//! Simulation.

mod agenda;
mod bug;
mod campaign;
mod check;
mod clock;
mod coverage;
mod fault;
mod finding;
mod network;
mod plan;
mod queue;
mod random;
mod reachable;
pub mod report;
mod shard;
mod shrink;
mod state;
mod subject;
mod trace;
mod world;

pub use self::{
    bug::Bug,
    campaign::{Campaign, Caught, hunt},
    coverage::{Coverage, InputKind},
    fault::{Fault, FaultKind},
    finding::{Finding, Invariant},
    plan::Plan,
    reachable::{Reach, Why, reach, unreached},
    shrink::{Shrunk, shrink},
    state::State,
    trace::Line,
    world::Run,
};

use trace::Trace;
use world::World;

/// Whether what happens is written down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tracing {
    /// No: it is faster.
    Off,
    /// Yes.
    On,
}

/// Runs a plan to its end, or to the first thing that is wrong.
#[must_use]
pub fn run(plan: &Plan, bug: Option<Bug>, tracing: Tracing) -> Run {
    let trace = match tracing {
        Tracing::Off => Trace::Off,
        Tracing::On => Trace::Kept(Vec::new()),
    };
    World::new(plan, bug, trace).run()
}
