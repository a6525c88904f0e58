use std::{env::consts::EXE_SUFFIX, process::Command as Process};

use super::setup;
use crate::{
    cargo::Cargo,
    command::{Command, Failure, check},
    needs::Need,
    workspace,
};

/// Runs the soak.
pub(crate) struct Soak;

const PACKAGES: &str = "--package gloaming-emulator --package gloaming-soak";

impl Command for Soak {
    fn name(&self) -> &'static str {
        "soak"
    }

    fn help(&self) -> &'static str {
        "Run many shards against the emulator for as long as you like, with faults

The emulator is a process of its own, on loopback; the shards go to it by ws and
wss, with zlib-stream, zstd-stream and without, half of them in a cluster.
Faults come in rounds: the library of scenarios, several at once, and slow
consumers, reconnects and deploys on the client's side. Prints what was made,
delivered, lost and given twice, memory, file descriptors and tasks. Fails if an
event was lost in a session that could be resumed or given twice, if a rule was
broken, if a shard is not up at the end, or if what was taken of the machine
does not go back to where it was before.

Options:
  --minutes M  how long, about (5)
  --shards N   how many shards (64)
  --seed S     what faults and traffic are drawn from (0)"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        check(args, &[], &["--minutes", "--shards", "--seed"])?;
        setup::install(&Need::TESTS)?;
        Cargo::new(&format!("build --release {PACKAGES}")).run()?;
        // The emulator is looked for beside it.
        let program = workspace::target().join(format!("release/gloaming-soak{EXE_SUFFIX}"));
        let status = Process::new(&program).args(args).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::new("the soak failed"))
        }
    }
}
