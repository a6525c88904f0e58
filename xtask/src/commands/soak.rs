use std::{env::consts::EXE_SUFFIX, process::Command as Process};

use anyhow::bail;

use super::options;
use crate::{
    Command,
    cargo::Cargo,
    system::{self, Need},
    workspace,
};

/// Runs the soak test.
pub(crate) struct Soak;

const PACKAGES: &str =
    "--package gloaming-emulator --package gloaming-hostile --package gloaming-soak";

/// How long each flood is measured.
const FLOOD_SECONDS: &str = "5";

impl Command for Soak {
    fn name(&self) -> &'static str {
        "soak"
    }

    fn help(&self) -> &'static str {
        "Run many shards against the emulator for as long as you like, with faults

The emulator is a process of its own, on loopback. The shards connect to it over
ws and wss, with zlib-stream, zstd-stream and without compression, half of them in
a cluster. Faults come in rounds: the emulator's scenarios, several at once, and
slow consumers, reconnects and restarts of the client. Prints how many events
were sent, delivered, lost and duplicated, and the memory, file descriptors and
tasks in use. Fails if an event was duplicated, or lost in a session that could be
resumed; if a rule was broken; if a shard is not connected at the end; or if the
resources in use do not return to where they were.

Before that, a shard runs against floods of a hostile server, each for 5 s. Prints
CPU time, memory, log volume and connections, and fails if one exceeds its bound.

Options:
  --minutes M  the approximate duration (5)
  --shards N   how many shards (64)
  --seed S     the seed of faults and traffic (0)"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        options::check(args, &[], &["--minutes", "--shards", "--seed"])?;
        system::install(&Need::TESTS)?;
        Cargo::new(&format!("build --release {PACKAGES}")).run()?;
        let floods = workspace::target().join(format!("release/gloaming-hostile{EXE_SUFFIX}"));
        let flooded = Process::new(&floods).arg(FLOOD_SECONDS).status()?;
        // It looks for the emulator in its own folder.
        let program = workspace::target().join(format!("release/gloaming-soak{EXE_SUFFIX}"));
        let status = Process::new(&program).args(args).status()?;
        if !status.success() {
            bail!("the soak test failed");
        }
        if !flooded.success() {
            bail!("a flood exceeded its bound");
        }
        Ok(())
    }
}
