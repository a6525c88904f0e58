//! Measures what receiving costs, against any gateway.
//!
//! It receives in the form that `--mode` names, from READY to the server's close frame, and prints one line of JSON. The
//! bundled emulator can send the load:
//!
//! ```text
//! cargo run --release -p gloaming-emulator -- --flood 300000
//! cargo run --release --example firehose -- --url ws://127.0.0.1:PORT --mode typed --sent 300000
//! ```

mod args;
mod idle;
mod measure;
mod report;
mod run;
mod tally;
mod through_cluster;

use args::{Command, Mode};
use gloaming::error::with_causes;
use std::{error::Error, process::ExitCode};
use tokio::{runtime, task::LocalSet};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let options = match args::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", args::help());
            return ExitCode::SUCCESS;
        }
        Ok(Command::Run(options)) => options,
        Err(mistake) => {
            eprintln!("error: {mistake}; see --help");
            return ExitCode::from(2);
        }
    };
    match measure(&options) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", with_causes("error", Some(&*error)));
            ExitCode::FAILURE
        }
    }
}

/// Uses one thread, so that no CPU time is spent on passing work between threads.
fn measure(options: &args::Options) -> Result<String> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = match options.mode {
        Mode::Idle { shards, hold } => {
            LocalSet::new().block_on(&runtime, idle::hold(options, shards, hold))?
        }
        Mode::Receive { how, sent } => runtime.block_on(run::receive(options, how, sent))?,
    };
    Ok(serde_json::to_string(&report)?)
}
