//! Measures what receiving with gloaming costs, against any gateway.
//!
//! It receives in the form that `--mode` names, from READY to the server's close frame, and prints one line of JSON. The
//! bundled emulator can send the load:
//!
//! ```text
//! cargo run --release -p gloaming-emulator -- --flood 300000
//! cargo run --release -p gloaming-bench --bin gloaming-firehose -- --url ws://127.0.0.1:PORT --mode typed --sent 300000
//! ```

mod idle;
mod parallel;
mod run;
mod through_cluster;
mod views;

use gloaming::{Config, ConfigBuilder, queue::UnlimitedQueue, tls::Tls};
use gloaming_bench::{How, Mode, Options, Report, Result, main_of};
use std::process::ExitCode;
use tokio::{runtime, task::LocalSet};

const MODES: [How; 7] = [
    How::Raw,
    How::Borrowed,
    How::Views,
    How::Filter,
    How::Typed,
    How::Cluster,
    How::ClusterCurrent,
];

fn main() -> ExitCode {
    main_of("gloaming-firehose", &MODES, measure)
}

/// Uses one thread, so that no CPU time is spent on passing work between threads.
fn measure(options: &Options) -> Result<Report> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match options.mode {
        Mode::Idle {
            shards,
            events,
            hold,
        } => LocalSet::new().block_on(&runtime, idle::idle(options, shards, events, hold)),
        Mode::Parallel {
            shards,
            events,
            threads,
        } => parallel::receive(options, shards, events, threads),
        Mode::Receive { how, sent } => runtime.block_on(run::receive(options, how, sent)),
    }
}

/// Returns a configuration that connects to the URL without an identify queue.
fn config(options: &Options) -> Result<Config> {
    let config = ConfigBuilder::new(options.token.clone(), options.intents)
        .gateway_url(&options.url)
        .compression(options.compression)
        .inflater(options.inflater)
        .json_parser(options.parser)
        .tls(Tls::with_backend(options.tls)?)
        .queue(UnlimitedQueue)
        .build();
    Ok(config)
}
