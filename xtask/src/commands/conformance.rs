use crate::{
    Command,
    cargo::Cargo,
    system::{self, Need},
};

/// Runs gloaming and twilight-gateway in the same scenarios.
pub(crate) struct Conformance;

impl Command for Conformance {
    fn name(&self) -> &'static str {
        "conformance"
    }

    fn help(&self) -> &'static str {
        "Run gloaming and twilight-gateway 0.18 in every scenario of the emulator

Each scenario and client has an emulator of its own, on loopback, and all run at
the same time. Prints a table: which client recovers, how long it takes, how many
identifies it needs, which events are lost and which rules are broken. Fails if
gloaming does not recover.

Options:
  --minutes N      how long each runs (6); the slowest scenario takes five
  --scenario NAME  run only this scenario; can be repeated
  --write          put the table into COMPARISON.md; only with all scenarios"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        system::install(&Need::TESTS)?;
        // The program checks the options, since only it knows the scenarios.
        Cargo::new("run --quiet --release --package gloaming-conformance --")
            .args(args)
            .run()
    }
}
