use super::setup;
use crate::{
    cargo::Cargo,
    command::{Command, Failure},
    needs::Need,
};

/// Runs the clients that others wrote.
pub(crate) struct Clients;

impl Command for Clients {
    fn name(&self) -> &'static str {
        "clients"
    }

    fn help(&self) -> &'static str {
        "Run clients that others wrote against the emulator: discord.js, discord.py, twilight

Each is installed as its registry has it, at a pinned version and below target/,
and plays against an emulator of its own: READY, events, an answer over REST, a
connection that is cut, op 7. Prints a table, with the rules that each breaks;
runs also the tests that the emulator's guide shows. Fails if one that ran does
not get through, or loses an event. What has no runtime here (node, python3) is
skipped, and it says so. Needs the network for installing; all else is on
loopback.

Options:
  --only NAME  discord-js, discordjs-ws, discord-py or twilight; again for more"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        setup::install(&Need::TESTS)?;
        Cargo::new("build --quiet --package gloaming-emulator --package gloaming-clients").run()?;
        // The options are looked at there: only it knows the clients.
        let line = format!(
            "run --quiet --package gloaming-clients -- {}",
            args.join(" ")
        );
        Cargo::new(&line).run()
    }
}
