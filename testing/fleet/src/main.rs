//! Drills of a fleet: nodes as real processes, which are killed, stopped, replaced and multiplied while events arrive.
//!
//! The gateway is the emulator, in this process, which sends numbered events at a steady rate and counts what the nodes send.
//! The nodes are processes of `gloaming-node`, whose events are read from their standard output, or by workers on NATS. The
//! kernel keeps what a node has written if it is killed.

#[cfg(unix)]
mod clock;
#[cfg(unix)]
mod commands;
#[cfg(unix)]
mod drill;
#[cfg(unix)]
mod engine;
#[cfg(unix)]
mod fleet;
#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod http;
#[cfg(unix)]
mod line;
#[cfg(unix)]
mod node;
mod options;
#[cfg(unix)]
mod proxy;
#[cfg(unix)]
mod record;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod scenarios;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod usage;
#[cfg(unix)]
mod watcher;
#[cfg(unix)]
mod workers;

use self::options::Options;
use std::{env, error::Error, process::ExitCode};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let ended = match Options::parse(env::args().skip(1)) {
        Ok(Some(options)) => run(options),
        Ok(None) => {
            println!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => Err(error),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

#[cfg(unix)]
fn run(options: Options) -> Result<ExitCode> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build()?.block_on(async {
        tokio::select! {
            // The nodes end with it.
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
            ended = drill::run(&options) => ended,
        }
    })
}

#[cfg(not(unix))]
fn run(_: Options) -> Result<ExitCode> {
    Err("the drills need the signals of Unix".into())
}
