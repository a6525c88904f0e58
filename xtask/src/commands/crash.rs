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

const NUMBERS: [&str; 4] = ["--kills", "--dispatches", "--shards", "--seed"];

const LOOP_NUMBERS: [&str; 6] = [
    "--restarts",
    "--hours",
    "--processes",
    "--shards",
    "--limit",
    "--seed",
];

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
  --mode M        one-by-one, concurrent, with-state or with-cache (all)

With --loop, 3 processes of one bot share a ledger of identifies instead, and crash
again and again while days of virtual time pass: with and without a stored session,
also while they write the ledger. The permits that they are granted are judged by the
process that kills them. Prints how many there were, the most in 24 h, the shortest
time between two of a rate-limit key, when the daily limit opened, and how many
sessions were resumed while no identify was left. Fails if a limit was exceeded, if
the daily limit did not open in time, if a RESUME waited, or if the ledger failed.

Options with --loop:
  --restarts N   how often processes are started again, at least (2000)
  --hours H      over how many hours of virtual time, about and at least (96)
  --processes N  how many processes run at a time (3)
  --shards N     how many shards each of them has (2)
  --limit N      how many identifies the bot has a day (240)
  --seed S       the seed of the moments (0)"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        match args.split_first() {
            Some((first, args)) if first == "--loop" => options::check(args, &[], &LOOP_NUMBERS)?,
            _ => options::check_with_texts(args, &[], &NUMBERS, &["--mode"])?,
        }
        system::install(&Need::TESTS)?;
        Cargo::new("build --package gloaming-crash").run()?;
        let program = workspace::target().join(format!("debug/gloaming-crash{EXE_SUFFIX}"));
        if !Process::new(&program).args(args).status()?.success() {
            bail!("a bot that was killed did what it must not; the lines above say what");
        }
        Ok(())
    }
}
