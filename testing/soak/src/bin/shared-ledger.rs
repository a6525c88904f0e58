//! Runs processes that share a ledger in crash loops with wrong clocks, and prints how often a limit was exceeded.
//!
//! ```console
//! $ cargo run -p gloaming-soak --bin shared-ledger -- --seconds 60
//! ```

use gloaming_soak::{SharedLedgerPlan, run_process, run_shared_ledger};
use std::{env, error::Error, process::ExitCode, str::FromStr, time::Duration};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    let result = match arguments.split_first() {
        Some((role, arguments)) if role == "process" => {
            run_process(arguments).await.map(|()| ExitCode::SUCCESS)
        }
        _ => run(&arguments).await,
    };
    result.unwrap_or_else(|error| {
        eprintln!("shared-ledger: {error}");
        ExitCode::FAILURE
    })
}

async fn run(arguments: &[String]) -> Result<ExitCode, Box<dyn Error>> {
    let plan = parse(arguments)?;
    println!(
        "{} processes of {} shards, {} at a time, a limit of {}, for {} s, seed {}",
        plan.processes,
        plan.shards,
        plan.max_concurrency,
        plan.limit,
        plan.duration.as_secs(),
        plan.seed
    );
    let report = run_shared_ledger(&env::current_exe()?, &plan).await?;
    println!("{report}");
    Ok(ExitCode::from(u8::from(!report.passed())))
}

fn parse(arguments: &[String]) -> Result<SharedLedgerPlan, String> {
    let mut plan = SharedLedgerPlan::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let value = arguments.next().map(String::as_str).unwrap_or_default();
        match argument.as_str() {
            "--seconds" => plan.duration = Duration::from_secs(number(argument, value)?),
            "--processes" => plan.processes = number(argument, value)?,
            "--shards" => plan.shards = number(argument, value)?,
            "--concurrency" => plan.max_concurrency = number(argument, value)?,
            "--limit" => plan.limit = number(argument, value)?,
            "--seed" => plan.seed = number(argument, value)?,
            _ => {
                return Err(format!(
                    "unknown option `{argument}`: the options are --seconds, --processes, --shards, --concurrency, \
                     --limit and --seed"
                ));
            }
        }
    }
    Ok(plan)
}

fn number<N: FromStr>(name: &str, value: &str) -> Result<N, String> {
    let number = value.parse();
    number.map_err(|_| format!("{name} requires a number, not `{value}`"))
}
