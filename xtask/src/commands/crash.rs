use std::{env::consts::EXE_SUFFIX, process::Command as Process};

use anyhow::bail;

use super::options;
use crate::{
    Command,
    cargo::Cargo,
    system::{self, Need},
    workspace,
};

/// Kills bots at many moments.
pub(crate) struct Crash;

impl Command for Crash {
    fn name(&self) -> &'static str {
        "crash"
    }

    fn help(&self) -> &'static str {
        "Kill a bot at a thousand moments, and count what its handlers miss

The emulator sends numbered events over 4 shards to a bot in a process of its own,
which keeps its sessions in a file store. The bot is killed with SIGKILL, while it
starts, handles events or writes to the store, and started again. It runs with
handlers that take one event after the other, with 64 that run at once and
acknowledge their events in any order, with a state of the application that is
stored together with the sessions, and with a cache of guilds in that state. Prints
how many events were handled again, and how many IDENTIFYs and RESUMEs were sent.
Fails if an event was not handled, if one was handled again after it was
acknowledged, if a shard identified more than once, if a rule was broken, if a state
does not count each event once, or if a cache differs from the gateway's guilds.

Options:
  --kills N       how often the bot is killed, in each mode (1000)
  --dispatches N  how many events are sent (100 per kill)
  --shards N      how many shards, at most 16 (4)
  --seed S        the seed of the moments (0)
  --mode M        one-by-one, concurrent, with-state or with-cache (all)"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let values = ["--kills", "--dispatches", "--shards", "--seed", "--mode"];
        options::check(args, &[], &values)?;
        system::install(&Need::TESTS)?;
        Cargo::new("build --package gloaming-crash").run()?;
        let program = workspace::target().join(format!("debug/gloaming-crash{EXE_SUFFIX}"));
        if !Process::new(&program).args(args).status()?.success() {
            bail!("a bot that was killed lost events, or handled them again");
        }
        Ok(())
    }
}
