//! Runs both clients in the emulator's scenarios and prints a table of the outcomes.

mod options;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use gloaming_conformance::{Client, Outcome, ScenarioRun, put_between_markers, run_all, table};

use self::options::Options;

fn main() -> ExitCode {
    let result = options::parse(env::args().skip(1)).and_then(compare);
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gloaming-conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn compare(options: Options) -> Result<ExitCode, String> {
    let runs: Vec<ScenarioRun> = options
        .scenarios
        .iter()
        .flat_map(|scenario| Client::ALL.map(|client| ScenarioRun::new(scenario.clone(), client)))
        .collect();
    eprintln!(
        "{} runs at the same time, {} s each",
        runs.len(),
        options.duration.as_secs()
    );
    let outcomes = run_all(runs, options.duration, print_outcome)
        .await
        .map_err(|error| format!("can't start an emulator: {error}"))?;
    let table = table(&outcomes);
    println!("{table}");
    if options.write {
        let path = comparison();
        write(&path, &table).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let failed = outcomes
        .iter()
        .any(|outcome| outcome.client == Client::Gloaming && !outcome.final_state.is_receiving());
    Ok(ExitCode::from(u8::from(failed)))
}

fn print_outcome(outcome: &Outcome) {
    eprintln!(
        "{:20} {:22} {:?}",
        outcome.scenario,
        outcome.client.name(),
        outcome.final_state
    );
}

fn write(path: &Path, table: &str) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    fs::write(
        path,
        put_between_markers(&text, table).map_err(io::Error::other)?,
    )
}

/// Returns the path of the file that has the table.
fn comparison() -> PathBuf {
    // `cargo run` sets the variable. Without it, the current directory has to be the repository's root.
    env::var_os("CARGO_MANIFEST_DIR")
        .as_deref()
        .and_then(|package| Path::new(package).ancestors().nth(2))
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
        .join("COMPARISON.md")
}
