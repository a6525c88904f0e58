use super::options;
use crate::{Command, cargo::Cargo};

/// Runs the simulation.
pub(crate) struct Sim;

impl Command for Sim {
    fn name(&self) -> &'static str {
        "sim"
    }

    fn help(&self) -> &'static str {
        "Run shards, their queue and a gateway in virtual time, over a failing network

Each seed is a simulation of its own that always runs in the same way. Prints what
was covered. For a seed that fails, prints the smallest set of faults that makes it
fail and its last steps. Fails if a seed fails, if a deliberate bug is not found, or
if a thousand seeds or more do not reach every reachable input and state.

Options:
  --seeds N  how many seeds (1000)
  --seed S   the first seed (0); without --seeds the only one
  --bugs     also check that each of the deliberate bugs is found
  --fleets   only run bots over several nodes; from a thousand seeds on, also measure
             large fleets on paper
  --trace    print every step of seed S, and nothing else"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        options::check(
            args,
            &["--bugs", "--fleets", "--trace"],
            &["--seeds", "--seed"],
        )?;
        Cargo::new("run --quiet --release --package gloaming-simulation --")
            .args(args)
            .run()
    }
}
