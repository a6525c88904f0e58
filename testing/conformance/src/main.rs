//! Runs the control group and prints its table.

mod options;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use gloaming_conformance::{Client, Outcome, Trial, put_between_marks, run, table};

use self::options::Options;

fn main() -> ExitCode {
    let done = options::parse(env::args().skip(1)).and_then(compare);
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gloaming-conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn compare(options: Options) -> Result<ExitCode, String> {
    let trials: Vec<Trial> = options
        .scenarios
        .iter()
        .flat_map(|scenario| Client::ALL.map(|client| Trial::new(scenario.clone(), client)))
        .collect();
    eprintln!(
        "{} trials beside each other, {} s each",
        trials.len(),
        options.lasting.as_secs()
    );
    let outcomes = run(trials, options.lasting, tell)
        .await
        .map_err(|error| format!("an emulator can't be started: {error}"))?;
    let table = table(&outcomes);
    println!("{table}");
    if options.write {
        let path = readme();
        write(&path, &table).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let failed = outcomes
        .iter()
        .any(|outcome| outcome.client == Client::Gloaming && !outcome.ending.is_well());
    Ok(ExitCode::from(u8::from(failed)))
}

fn tell(outcome: &Outcome) {
    eprintln!(
        "{:20} {:22} {:?}",
        outcome.scenario,
        outcome.client.name(),
        outcome.ending
    );
}

fn write(path: &Path, table: &str) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    fs::write(
        path,
        put_between_marks(&text, table).map_err(io::Error::other)?,
    )
}

/// The repository's.
fn readme() -> PathBuf {
    // Set by `cargo run`; without it, trust that this is run from the root.
    env::var_os("CARGO_MANIFEST_DIR")
        .as_deref()
        .and_then(|package| Path::new(package).ancestors().nth(2))
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
        .join("README.md")
}
