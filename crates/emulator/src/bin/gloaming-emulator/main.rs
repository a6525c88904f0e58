//! Runs the emulator until the program is interrupted.

mod command_line;
mod console;
mod findings;
mod flags;
mod interrupt;
mod options;
mod report;
mod summary;
mod token_source;

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use gloaming_emulator::{
    DEFAULT_TOKEN, Emulator, EmulatorBuilder,
    recording::{Recorder, Scrubbing},
    scenario::Scenario,
};
use gloaming_protocol::Token;

use self::{
    command_line::Command,
    findings::Findings,
    interrupt::Interrupt,
    options::{Options, Verdict},
    token_source::TOKEN_VARIABLE,
};

/// The exit code with `--strict` if there are violations or notes.
const RULES_BROKEN: u8 = 3;

fn main() -> ExitCode {
    let token = std::env::var(TOKEN_VARIABLE).ok();
    let command = match command_line::parse(std::env::args().skip(1), token.as_deref()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("gloaming-emulator: {error}\nTry gloaming-emulator --help.");
            return ExitCode::from(2);
        }
    };
    let done = match command {
        Command::Help => io::stdout()
            .write_all(command_line::help().as_bytes())
            .map(|()| ExitCode::SUCCESS),
        Command::Version => writeln!(
            io::stdout(),
            "gloaming-emulator {}",
            env!("CARGO_PKG_VERSION")
        )
        .map(|()| ExitCode::SUCCESS),
        Command::ListScenarios => list_scenarios().map(|()| ExitCode::SUCCESS),
        Command::Run(options) => run(*options),
    };
    match done {
        Ok(code) => code,
        // The reader of the output closed the pipe, for example `head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gloaming-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(options: Options) -> io::Result<ExitCode> {
    console::init(options.client_lines);
    // Signals are handled before the URLs are printed: a script may interrupt the program as soon as it has read them.
    let mut interrupt = Interrupt::listen()?;
    let token_is_public = options.settings.token == Token::new(DEFAULT_TOKEN);
    let shards = options.settings.shards;
    if let Some(path) = &options.report {
        report::check(path)?;
    }
    let emulator = EmulatorBuilder::with_settings(options.settings)
        .start()
        .await?;
    if let Some(path) = &options.root_out {
        std::fs::write(path, emulator.root_certificate_pem())
            .map_err(|error| unwritable(path, error))?;
    }
    if let Some(path) = &options.record {
        record(&emulator, path, shards).map_err(|error| unwritable(path, error))?;
    }
    announce(
        &emulator,
        &options
            .root_out
            .as_deref()
            .map(|path| path.display().to_string()),
        token_is_public,
    )?;

    interrupt.received().await;
    let findings = Findings {
        violations: emulator.violations(),
        notes: emulator.notes(),
    };
    let stats = emulator.stats();
    let recorded = emulator.stop_recording();
    emulator.shutdown().await;
    if let (Err(error), Some(path)) = (recorded, &options.record) {
        return Err(unwritable(path, error));
    }
    if let Some(path) = &options.report {
        report::write(path, &stats, &findings)?;
    }
    summary::print(&mut io::stdout().lock(), &stats, &findings)?;
    Ok(match options.verdict {
        Verdict::Strict if !findings.is_empty() => ExitCode::from(RULES_BROKEN),
        _ => ExitCode::SUCCESS,
    })
}

fn record(emulator: &Emulator, path: &Path, shards: u32) -> io::Result<()> {
    emulator.record(Recorder::create(path, shards, Scrubbing::default())?)
}

fn unwritable(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("can't write {}: {error}", path.display()),
    )
}

fn list_scenarios() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for scenario in Scenario::library() {
        writeln!(out, "{:22} {}", scenario.name, scenario.description)?;
    }
    out.flush()
}

fn announce(emulator: &Emulator, root: &Option<String>, token_is_public: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "ws    {}", emulator.url())?;
    writeln!(out, "wss   {}", emulator.wss_url())?;
    writeln!(out, "rest  {}", emulator.rest_url())?;
    if let Some(path) = root {
        writeln!(out, "root  {path}")?;
    }
    if token_is_public {
        writeln!(out, "token {DEFAULT_TOKEN}")?;
    }
    writeln!(out, "ready; interrupt (Ctrl-C) to stop")?;
    out.flush()
}
