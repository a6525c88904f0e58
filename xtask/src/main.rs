//! The project's own commands: `cargo xtask <command>`.
//!
//! Each lies in a file of its own below `commands`, and needs nothing but the
//! standard library, so that the first command of a fresh clone starts at once.

mod cargo;
mod combinations;
mod command;
mod commands;
mod layers;
mod machine_paths;
mod mutation;
mod needs;
mod packages;
mod report;
mod workspace;

use std::{env, process::ExitCode};

use crate::command::Command;

const COMMANDS: [&dyn Command; 12] = [
    &commands::Setup,
    &commands::Test,
    &commands::Lint,
    &commands::Matrix,
    &commands::Examples,
    &commands::Sim,
    &commands::Soak,
    &commands::Conformance,
    &commands::Clients,
    &commands::Fuzz,
    &commands::Mutants,
    &commands::Ci,
];

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let args = args.collect::<Vec<_>>();
    let Some(command) = COMMANDS.iter().find(|command| command.name() == name) else {
        print_help();
        return match name.as_str() {
            "" | "help" | "-h" | "--help" => ExitCode::SUCCESS,
            _ => {
                eprintln!("\nerror: there is no command `{name}`");
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
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn print_help() {
    println!("Usage: cargo xtask <command> [options]\n\nCommands:");
    for command in COMMANDS {
        let help = command.help();
        let summary = help.lines().next().unwrap_or_default();
        println!("  {:11} {summary}", command.name());
    }
    println!("\n`cargo xtask <command> --help` says more about one.");
}
