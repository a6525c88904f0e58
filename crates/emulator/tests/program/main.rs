//! The binary, as a script or a test in another language has it.

#![cfg(unix)]

mod process;

mod it_ends_when_interrupted;
mod it_plays_scenarios;
mod it_records_and_replays;
