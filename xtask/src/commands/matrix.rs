use super::{
    setup,
    test::{ZLIB_BACKENDS, with_backend},
};
use crate::{
    cargo::Cargo,
    combinations::{self, Combination},
    command::{Command, Failure, options},
    needs::Need,
    report::{Outcome, Report},
};

/// Checks that any combination of features compiles.
pub(crate) struct Matrix;

impl Command for Matrix {
    fn name(&self) -> &'static str {
        "matrix"
    }

    fn help(&self) -> &'static str {
        "Check that any combination of features compiles, without warnings

For each crate: no features, each alone, all, pairs of one kind, and
TLS x compression x JSON. Then runs the tests with each zlib backend, and with all
features, and the bots of testing/compat/ on the twilight-gateway of their time.

Options:
  --list  only print the combinations"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        let options = options(args, &["--list"])?;
        let combinations = combinations::all()?;
        if options.contains(&"--list") {
            for combination in combinations {
                println!("{combination}");
            }
            return Ok(());
        }
        setup::install(&Need::ALL)?;
        let mut report = Report::default();
        for combination in &combinations {
            report.line(combination.to_string(), || check(combination));
        }
        for backend in ZLIB_BACKENDS {
            let line = with_backend(backend);
            report.line(format!("protocol  {backend}: tests"), || test(&line));
        }
        report.line("workspace (all): tests", || {
            test("test --workspace --all-features --no-fail-fast")
        });
        report.line("bots on twilight-gateway 0.15 and 0.16: tests", || {
            test("test --manifest-path testing/compat/generations/Cargo.toml --locked")
        });
        report.verdict()
    }
}

fn check(combination: &Combination) -> Result<Outcome, Failure> {
    let line = format!("check --quiet {}", combination.arguments());
    // These are checked once each, so notes for a next time are only a cost.
    let said = Cargo::new(&line).env("CARGO_INCREMENTAL", "0").ask()?;
    if !said.status.success() {
        println!("{}", said.stderr);
        return Err(Failure::new(format!("`cargo {line}`")));
    }
    // In silence, whatever it says is a warning of our own crates.
    if !said.stderr.trim().is_empty() {
        println!("{}", said.stderr);
        return Err(Failure::new(format!("warnings of `cargo {line}`")));
    }
    Ok(Outcome::Passed)
}

fn test(line: &str) -> Result<Outcome, Failure> {
    let said = Cargo::new(line).ask()?;
    if said.status.success() {
        return Ok(Outcome::Passed);
    }
    println!("{}{}", said.stdout, said.stderr);
    Err(Failure::new(format!("`cargo {line}`")))
}
