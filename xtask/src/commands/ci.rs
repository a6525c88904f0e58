use super::{Lint, Matrix, Setup, Test};
use crate::{
    command::{Command, Failure, options},
    report::{Outcome, Report},
};

/// Everything, in the order of what fails first.
pub(crate) struct Ci;

impl Command for Ci {
    fn name(&self) -> &'static str {
        "ci"
    }

    fn help(&self) -> &'static str {
        "Run setup, lint, test and matrix

Goes on after a step that fails, and ends with a table of all."
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        options(args, &[])?;
        let mut report = Report::default();
        let commands: [&dyn Command; 4] = [&Setup, &Lint, &Test, &Matrix];
        for command in commands {
            report.step(format!("cargo xtask {}", command.name()), || {
                command.run(&[]).map(|()| Outcome::Passed)
            });
        }
        report.print();
        report.verdict()
    }
}
