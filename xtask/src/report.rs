use std::{
    fmt::{self, Display, Formatter},
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use crate::command::Failure;

/// The steps of a command: what came of each, and how long it took.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
}

struct Step {
    name: String,
    outcome: Outcome,
    took: Duration,
}

/// What came of a step.
pub(crate) enum Outcome {
    Passed,
    /// With something to tell.
    PassedWith(String),
    /// Could not be run here, and why.
    Skipped(String),
    Failed(String),
}

impl Report {
    /// Runs a step under a heading.
    pub(crate) fn step(
        &mut self,
        name: impl Into<String>,
        run: impl FnOnce() -> Result<Outcome, Failure>,
    ) {
        let name = name.into();
        println!("\n== {name}");
        self.time(name, run);
        if let Some(Outcome::Failed(reason)) = self.steps.last().map(|step| &step.outcome) {
            println!("FAILED: {reason}");
        }
    }

    /// Runs a step and prints its line of the table.
    pub(crate) fn line(
        &mut self,
        name: impl Into<String>,
        run: impl FnOnce() -> Result<Outcome, Failure>,
    ) {
        let name = name.into();
        if io::stdout().is_terminal() {
            print!("{name} ..\r");
        }
        self.time(name, run);
        if let Some(step) = self.steps.last() {
            println!("{step}");
        }
    }

    fn time(&mut self, name: String, run: impl FnOnce() -> Result<Outcome, Failure>) {
        let start = now();
        let outcome = run().unwrap_or_else(|failure| Outcome::Failed(failure.to_string()));
        self.steps.push(Step {
            name,
            outcome,
            took: now() - start,
        });
    }

    /// Prints the table.
    pub(crate) fn print(&self) {
        println!();
        for step in &self.steps {
            println!("{step}");
        }
    }

    /// Fails if any step did.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        let failed = self
            .steps
            .iter()
            .filter(|step| matches!(step.outcome, Outcome::Failed(_)))
            .map(|step| format!("\n  {}", step.name))
            .collect::<Vec<_>>();
        if failed.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{} of {} steps failed:{}",
            failed.len(),
            self.steps.len(),
            failed.concat()
        )))
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (result, remark) = match &self.outcome {
            Outcome::Passed => ("ok", ""),
            Outcome::PassedWith(remark) => ("ok", remark.as_str()),
            Outcome::Skipped(reason) => ("skipped", reason.as_str()),
            Outcome::Failed(reason) => ("FAILED", reason.as_str()),
        };
        let seconds = self.took.as_secs_f64();
        // The rest of a longer one was told when it came up.
        let remark = remark.lines().next().unwrap_or_default();
        let line = format!("{:60} {result:8} {seconds:7.1} s  {remark}", self.name);
        f.write_str(line.trim_end())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command line tool tells how long things took"
)]
fn now() -> Instant {
    Instant::now()
}
