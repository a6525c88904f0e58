//! Runs the soak test and prints its report.

mod options;

use std::{env, io, process::ExitCode};

use gloaming_soak::{EmulatorProcess, Plan, Snapshot, run};

use self::options::Options;

fn main() -> ExitCode {
    let result = options::parse(env::args().skip(1))
        .and_then(|options| soak(options).map_err(|error| error.to_string()));
    match result {
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
    let plan = Plan::with_duration(options.duration, options.shards, options.seed);
    let program = match options.emulator {
        Some(program) => program,
        None => EmulatorProcess::default_program()?,
    };
    let emulator = EmulatorProcess::start(&program, &plan).await?;
    println!(
        "{} shards, seed {}, {} min: {} s baseline, {} s faults, {} s cooldown, plus the time to recover\n{}",
        plan.shards,
        plan.seed,
        options.duration.as_secs() / 60,
        plan.baseline.as_secs(),
        plan.faults.as_secs(),
        plan.cooldown.as_secs(),
        Snapshot::header()
    );
    let report = run(&plan, emulator.endpoint(), |snapshot| {
        println!("{snapshot}");
    })
    .await;
    let stopped = emulator.stop().await;
    let report = report?;
    println!("\n{report}");
    stopped?;
    Ok(ExitCode::from(u8::from(!report.passed())))
}
