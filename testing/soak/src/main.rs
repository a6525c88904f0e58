//! Runs a soak and prints what it comes to.

mod options;

use std::{env, io, process::ExitCode};

use gloaming_soak::{Glimpse, Plan, Process, run};

use self::options::Options;

fn main() -> ExitCode {
    let done = options::parse(env::args().skip(1))
        .and_then(|options| soak(options).map_err(|error| error.to_string()));
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gloaming-soak: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn soak(options: Options) -> io::Result<ExitCode> {
    tracing_subscriber::fmt()
        .with_env_filter(env::var("RUST_LOG").unwrap_or_else(|_| "error".to_owned()))
        .with_writer(io::stderr)
        .init();
    let plan = Plan::lasting(options.time, options.shards, options.seed);
    let program = match options.emulator {
        Some(program) => program,
        None => Process::beside()?,
    };
    let emulator = Process::start(&program, &plan).await?;
    println!(
        "{} shards, seed {}, {} min: {} s warm, {} s of faults, {} s quiet, and until all is healed\n{}",
        plan.shards,
        plan.seed,
        options.time.as_secs() / 60,
        plan.warm.as_secs(),
        plan.faults.as_secs(),
        plan.quiet.as_secs(),
        Glimpse::head()
    );
    let outcome = run(&plan, emulator.gateway(), |glimpse| println!("{glimpse}")).await;
    let ended = emulator.end().await;
    let outcome = outcome?;
    println!("\n{outcome}");
    ended?;
    Ok(ExitCode::from(u8::from(!outcome.is_well())))
}
