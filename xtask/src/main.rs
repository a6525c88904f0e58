//! The project's own commands: `cargo xtask <command>`.
//!
//! Each command has a file of its own in `commands`. Command lines of tools go through [`cargo`] and
//! [`tools`], questions about the repository through [`workspace`], and results through [`report`].

mod cargo;
mod commands;
mod nats_server;
mod packages;
mod redis_server;
mod report;
mod rustdoc;
mod system;
mod test_results;
mod tools;
mod workspace;

use std::{env, process::ExitCode};

/// A command of `cargo xtask`.
trait Command {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// Its help text. The first line is the summary that the list of commands shows.
    fn help(&self) -> &'static str;

    /// Runs the command. `args` is what follows its name.
    fn run(&self, args: &[String]) -> anyhow::Result<()>;
}

const COMMANDS: [&dyn Command; 17] = [
    &commands::Setup,
    &commands::Test,
    &commands::Lint,
    &commands::Api,
    &commands::Matrix,
    &commands::Examples,
    &commands::Sim,
    &commands::Soak,
    &commands::Crash,
    &commands::Deploy,
    &commands::Fleet,
    &commands::Conformance,
    &commands::Benchmarks,
    &commands::Clients,
    &commands::Fuzz,
    &commands::Mutants,
    &commands::Ci,
];

fn main() -> ExitCode {
    if let Some(status) = rustdoc::run_if_asked() {
        return status;
    }
    let mut args = env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let args = args.collect::<Vec<_>>();
    let Some(command) = COMMANDS.iter().find(|command| command.name() == name) else {
        print_help();
        return match name.as_str() {
            "" | "help" | "-h" | "--help" => ExitCode::SUCCESS,
            _ => {
                eprintln!("\nerror: unknown command `{name}`");
                ExitCode::FAILURE
            }
        };
    };
    if args.iter().any(|arg| arg == "-h" || arg == "--help") {
        println!("{}", command.help());
        return ExitCode::SUCCESS;
    }
    match command.run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn print_help() {
    println!("Usage: cargo xtask <command> [options]\n\nCommands:");
    for command in COMMANDS {
        let summary = command.help().lines().next().unwrap_or_default();
        println!("  {:11} {summary}", command.name());
    }
    println!("\nSee `cargo xtask <command> --help` for the options of a command.");
}
