use crate::{
    cargo::Cargo,
    command::{Command, Failure, check},
};

/// Runs the simulation.
pub(crate) struct Sim;

impl Command for Sim {
    fn name(&self) -> &'static str {
        "sim"
    }

    fn help(&self) -> &'static str {
        "Run shards, their queue and a gateway in virtual time, over a failing network

Each seed is a world of its own, the same each time. Prints what was covered,
and of a seed that fails the few faults that it takes and its last steps. Fails
if anything was found, if a bug was not, or if a thousand seeds or more did not
reach what can be reached.

Options:
  --seeds N  how many seeds (1000)
  --seed S   the first of them (0); without --seeds the only one
  --bugs     also look for each of the deliberate bugs
  --trace    print all that happens in seed S, and nothing else"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        check(args, &["--bugs", "--trace"], &["--seeds", "--seed"])?;
        let line = format!(
            "run --quiet --release --package gloaming-simulation -- {}",
            args.join(" ")
        );
        Cargo::new(&line).run()
    }
}
