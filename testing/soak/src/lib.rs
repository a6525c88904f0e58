//! The soak test: many shards against the emulator for minutes or hours, with the faults that occur in
//! production.
//!
//! The events that the shards deliver are compared with those that the gateway sent. Every event must be
//! delivered once. An event may only be lost with a session that the gateway ended, and the shard must report
//! the loss. Memory, file descriptors and tasks are measured before the faults and after them.
//!
//! The modules for the evaluation ([`ledger`], [`audit`], [`level`]) do not perform IO.

pub mod audit;
mod clock;
mod control;
mod emulator_process;
mod endpoint;
mod faults;
mod fleet;
pub mod ledger;
pub mod level;
mod markers;
mod plan;
mod report;
mod resources;
mod runner;
mod shard_counters;
mod shared_ledger;
mod snapshot;
mod stalls;
mod table;

pub use self::{
    control::Control,
    emulator_process::EmulatorProcess,
    endpoint::Endpoint,
    plan::Plan,
    report::{ResourceLevels, SoakReport},
    resources::ResourceUsage,
    runner::run,
    shard_counters::ShardCounters,
    shared_ledger::{SharedLedgerPlan, SharedLedgerReport, run_process, run_shared_ledger},
    snapshot::{Phase, Snapshot},
};
