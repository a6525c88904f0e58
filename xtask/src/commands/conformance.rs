use super::setup;
use crate::{
    cargo::Cargo,
    command::{Command, Failure},
    needs::Need,
};

/// Runs the control group.
pub(crate) struct Conformance;

impl Command for Conformance {
    fn name(&self) -> &'static str {
        "conformance"
    }

    fn help(&self) -> &'static str {
        "Run gloaming and twilight-gateway 0.18 in every scenario of the emulator

Each scenario and client has an emulator of its own, on loopback, all at the
same time. Prints a table of who heals, in how long, for how many identifies,
what is lost and which rules are broken. Fails if gloaming does not heal.

Options:
  --minutes N      how long each runs (6); the slowest scenario takes five
  --scenario NAME  only this one; again for more
  --write          put the table into README.md; goes with all scenarios only"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        setup::install(&Need::TESTS)?;
        // The options are looked at there: only it knows the scenarios.
        let line = format!(
            "run --quiet --release --package gloaming-conformance -- {}",
            args.join(" ")
        );
        Cargo::new(&line).run()
    }
}
