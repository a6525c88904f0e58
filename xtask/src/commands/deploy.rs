use std::{env::consts::EXE_SUFFIX, process::Command as Process};

use anyhow::bail;

use super::options;
use crate::{
    Command,
    cargo::Cargo,
    system::{self, Need},
    workspace,
};

/// Hands shards over between processes, and switches to another number of shards.
pub(crate) struct Deploy;

impl Command for Deploy {
    fn name(&self) -> &'static str {
        "deploy"
    }

    fn help(&self) -> &'static str {
        "Hand shards over between processes and switch their number, under load

The emulator sends numbered events at a steady rate to bots in processes of their
own. In the drill `hand-over`, 6 shards move from one process to another, from one
to three, and from three to one, again and again; on Unix only. In some rounds, a
process is killed with SIGKILL: a successor, whose predecessor goes on, or a
predecessor, whose successor does, while the rest resumes from the session store.
In the drill `reshard`, a bot switches from 4 shards to 7 and from 7 to 4, while
connections are cut, told to reconnect, and told that their session is invalid.
Prints a line of figures per case. Fails if an event was missed, if one was handled
twice although it was acknowledged, if the order of a shard or guild was not kept,
if there was an IDENTIFY too many, if a rule was broken, or if a state of the
application does not count each event once.

The seed decides on kills, faults and moments. How far the processes have come by
then differs between runs.

Options:
  --only D     hand-over or reshard (both)
  --seed S     the seed of kills, faults and moments (0)
  --rate N     how many events are sent per second (5000)
  --rounds N   how often the shards move on, in each case of hand-over (12)
  --kills N    in how many of these rounds a process is killed (8)
  --moments N  at how many moments the bot switches, in each direction (5)"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let values = [
            "--only",
            "--seed",
            "--rate",
            "--rounds",
            "--kills",
            "--moments",
        ];
        options::check(args, &[], &values)?;
        system::install(&Need::TESTS)?;
        Cargo::new("build --package gloaming-deploy").run()?;
        let program = workspace::target().join(format!("debug/gloaming-deploy{EXE_SUFFIX}"));
        if !Process::new(&program).args(args).status()?.success() {
            bail!("a hand-over or a switch lost events, handled them twice, or failed");
        }
        Ok(())
    }
}
