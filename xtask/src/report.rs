//! The result of a command that has several steps.

use std::{
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

use anyhow::bail;

/// The steps of a command, each with its outcome and its duration.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
}

struct Step {
    name: String,
    outcome: Outcome,
    duration: Duration,
}

/// The outcome of a step.
pub(crate) enum Outcome {
    Passed,
    /// Passed, with a remark for the table.
    PassedWith(String),
    /// Could not run here, for this reason.
    Skipped(String),
    /// Failed, for this reason.
    Failed(String),
}

impl Report {
    /// Runs a step below a heading. Its line follows in [`print`](Self::print).
    pub(crate) fn step(
        &mut self,
        name: impl Into<String>,
        run: impl FnOnce() -> anyhow::Result<Outcome>,
    ) {
        let name = name.into();
        println!("\n== {name}");
        let start = now();
        let outcome = run().unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        match &outcome {
            Outcome::Failed(reason) => println!("FAILED: {reason}"),
            Outcome::Skipped(reason) => println!("skipped: {reason}"),
            _ => {}
        }
        self.steps.push(Step {
            name,
            outcome,
            duration: now() - start,
        });
    }

    /// Prints one line per step.
    pub(crate) fn print(&self) {
        println!();
        for step in &self.steps {
            println!("{step}");
        }
    }

    /// Fails if a step failed.
    pub(crate) fn result(&self) -> anyhow::Result<()> {
        let failed = self
            .steps
            .iter()
            .filter(|step| matches!(step.outcome, Outcome::Failed(_)))
            .map(|step| format!("\n  {}", step.name))
            .collect::<Vec<_>>();
        if !failed.is_empty() {
            bail!(
                "{} of {} steps failed:{}",
                failed.len(),
                self.steps.len(),
                failed.concat()
            );
        }
        Ok(())
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
        let seconds = self.duration.as_secs_f64();
        // The other lines were printed when the step failed.
        let remark = remark.lines().next().unwrap_or_default();
        let line = format!("{:60} {result:8} {seconds:7.1} s  {remark}", self.name);
        f.write_str(line.trim_end())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command-line program shows how long its steps took"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_step_fails_the_report_and_the_rest_runs() {
        let mut report = Report::default();
        report.step("one", || Ok(Outcome::Skipped("no tool".to_owned())));
        report.step("two", || bail!("first line\nsecond line"));
        report.step("three", || Ok(Outcome::PassedWith("3 passed".to_owned())));
        let lines = Vec::from_iter(report.steps.iter().map(Step::to_string));
        assert!(
            lines[0].contains("skipped") && lines[0].ends_with("no tool"),
            "{}",
            lines[0]
        );
        assert!(
            lines[1].contains("FAILED") && lines[1].ends_with("first line"),
            "{}",
            lines[1]
        );
        assert!(
            lines[2].contains("ok") && lines[2].ends_with("3 passed"),
            "{}",
            lines[2]
        );
        let error = report.result().unwrap_err().to_string();
        assert_eq!(error, "1 of 3 steps failed:\n  two");
    }
}
