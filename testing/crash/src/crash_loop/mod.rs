//! Processes of one bot that share a ledger of identifies and crash again and again, while days pass.
//!
//! Time is virtual: the parent process owns the clock, and moves it on once each process has done what was due. So the
//! figures do not depend on how busy the machine is, and what is killed within a step is killed at any moment of real work.
//! The processes are clusters with a queue, a ledger and a session store, as in production. Each has a gateway of its own in
//! memory, which reports what it receives.

mod bot;
mod campaign;
mod clock;
mod gateway;
mod judge;
mod line;
mod options;
mod process;
mod report;
mod reporting;

pub(crate) use self::{
    bot::{BotOptions, run as run_bot},
    campaign::run,
    options::{HELP, Options},
};

/// In milliseconds.
const SECOND: u64 = 1_000;

/// In milliseconds.
const DAY: u64 = 24 * 60 * 60 * SECOND;
