//! A soak: many shards against the emulator in a process of its own, for as long as one likes, with all that goes wrong
//! in the field.
//!
//! What the shards were given is held against what the gateway says it made: each event once, none lost but with a
//! session that the gateway itself gave up, and then told. Memory, file descriptors and tasks are read before the faults
//! and after them.
//!
//! What judges ([`ledger`], [`audit`], [`level`]) does no IO.

pub mod audit;
mod clock;
mod control;
mod faults;
mod fleet;
mod gateway;
pub mod ledger;
pub mod level;
mod meters;
mod outcome;
mod plan;
mod process;
mod readings;
mod soak;
mod table;

pub use self::{
    control::Control,
    gateway::Gateway,
    meters::Meters,
    outcome::{Gauges, Outcome},
    plan::Plan,
    process::Process,
    readings::Reading,
    soak::{Glimpse, run},
};
