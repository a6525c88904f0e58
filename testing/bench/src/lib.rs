//! What the measured programs share: their command line, the window that they measure, and the line that they print.
//!
//! Each client is a program of its own, so that none shares an allocator, a runtime or a warm cache with another.

mod args;
mod held;
mod measure;
mod parallel;
mod report;
mod tally;

pub use self::{
    args::{Command, How, Mode, Options, Threads, compression_name, compression_of, parse},
    held::{Arrivals, Held, hold},
    measure::{Cost, Cpu, Memory, Window, now, shared_clock_ns},
    parallel::receive_in_parallel,
    report::{Bytes, Idle, Peer, Report, seconds},
    tally::Tally,
};

/// The error of a measurement, which ends it.
pub type Error = Box<dyn std::error::Error>;

/// The result of a measurement.
pub type Result<T> = std::result::Result<T, Error>;

/// The error if a client stops too early.
pub const STOPPED: &str = "the shard stopped before the server closed the connection";

/// The error if a connection ends in any other way than the server's close frame.
pub const LOST: &str =
    "the connection ended without a close frame, so that there is no measurement";

/// Runs a measured program: prints the report of `measure` as one line of JSON, or the help, or an error.
pub fn main_of(
    program: &str,
    modes: &[How],
    measure: impl FnOnce(&Options) -> Result<Report>,
) -> std::process::ExitCode {
    use std::process::ExitCode;

    let options = match parse(modes, std::env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", args::help(program, modes));
            return ExitCode::SUCCESS;
        }
        Ok(Command::Run(options)) => options,
        Err(mistake) => {
            eprintln!("error: {mistake}; see --help");
            return ExitCode::from(2);
        }
    };
    let line = measure(&options).and_then(|report| Ok(serde_json::to_string(&report)?));
    match line {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", gloaming::error::with_causes("error", Some(&*error)));
            ExitCode::FAILURE
        }
    }
}
