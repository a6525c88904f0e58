//! Runs a target's body once, on stable: `gloaming-fuzzing <target> <file>…`.

use std::{env, fs, process::ExitCode};

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let Some(target) = args.next().as_deref().and_then(gloaming_fuzzing::target) else {
        eprintln!("Usage: gloaming-fuzzing <target> <file>…\n\nTargets:");
        for target in gloaming_fuzzing::TARGETS {
            eprintln!("  {:9} {}", target.name, target.asserts);
        }
        return ExitCode::FAILURE;
    };
    for path in args {
        match fs::read(&path) {
            Ok(input) => (target.body)(&input),
            Err(error) => {
                eprintln!("error: {path}: {error}");
                return ExitCode::FAILURE;
            }
        }
        println!("{path}: passed");
    }
    ExitCode::SUCCESS
}
