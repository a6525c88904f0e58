//! Runs the shards of one Discord bot as a node of a fleet, until it is asked to end.

mod agreement;
mod batch;
mod clock;
mod command_line;
mod counted_commands;
mod engine;
mod host;
mod http;
mod limits;
mod line;
mod lines;
mod node;
mod publisher;
mod pump;
mod recorder;
mod signals;
mod status;
mod stream_health;
mod stream_sink;
mod worker;

use self::command_line::Command;
use gloaming_node::{Config, ConfigError, EventSink};
use std::{
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use tracing_subscriber::EnvFilter;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The exit code if the command line or the configuration is invalid: starting the program again does not help.
const INVALID: u8 = 2;

/// How long threads may go on that write to a pipe that nobody reads.
const END_OF_THREADS: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let command = match command_line::parse(env::args().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("gloaming-node: {error}\nTry gloaming-node --help.");
            return ExitCode::from(INVALID);
        }
    };
    match command {
        Command::Help => println!("{}", command_line::help()),
        Command::Version => println!("gloaming-node {}", env!("CARGO_PKG_VERSION")),
        Command::Check(path) => match configuration(path.as_deref()) {
            Ok(_) => println!("the configuration is valid"),
            Err(code) => return code,
        },
        Command::Run { config, worker } => match configuration(config.as_deref()) {
            Ok(config) if !worker.is_empty() && config.events != EventSink::Stdout => {
                eprintln!("gloaming-node: a worker gets the events if `events` is `stdout`");
                return ExitCode::from(INVALID);
            }
            Ok(config) => return run(config, worker),
            Err(code) => return code,
        },
    }
    ExitCode::SUCCESS
}

fn configuration(path: Option<&Path>) -> std::result::Result<Config, ExitCode> {
    read(path).map_err(|error| {
        eprintln!("gloaming-node: {error}");
        ExitCode::from(INVALID)
    })
}

fn read(path: Option<&Path>) -> std::result::Result<Config, ConfigurationProblem> {
    let named = env::var_os("GLOAMING_CONFIG").map(PathBuf::from);
    let path = path.map(Path::to_owned).or(named);
    let file = match &path {
        Some(path) => {
            let text = fs::read_to_string(path);
            Some(text.map_err(|error| format!("{}: {error}", path.display()))?)
        }
        None => None,
    };
    let config = Config::load(file.as_deref(), |name| env::var(name).ok());
    config.map_err(|error: ConfigError| match &path {
        Some(path) => format!("{}: {error}", path.display()),
        None => error.to_string(),
    })
}

/// What is wrong with the configuration, and with which file.
type ConfigurationProblem = String;

fn run(config: Config, worker: Vec<String>) -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // The standard output is for events.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("gloaming-node: the threads can't be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(node::run(config, &worker));
    // A write to a full pipe does not end.
    runtime.shutdown_timeout(END_OF_THREADS);
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
