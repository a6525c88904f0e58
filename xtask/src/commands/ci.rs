use super::{Examples, Lint, Matrix, Setup, Test, options};
use crate::{
    Command,
    report::{Outcome, Report},
};

/// Runs every check that a change has to pass.
pub(crate) struct Ci;

impl Command for Ci {
    fn name(&self) -> &'static str {
        "ci"
    }

    fn help(&self) -> &'static str {
        "Run setup, lint, test, matrix and examples

Goes on after a command that fails, and ends with a line for each."
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        options::none(args)?;
        let mut report = Report::default();
        let commands: [&dyn Command; 5] = [&Setup, &Lint, &Test, &Matrix, &Examples];
        for command in commands {
            report.step(format!("cargo xtask {}", command.name()), || {
                command.run(&[]).map(|()| Outcome::Passed)
            });
        }
        report.print();
        report.result()
    }
}
