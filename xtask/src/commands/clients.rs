use crate::{
    Command,
    cargo::Cargo,
    system::{self, Need},
};

/// Runs clients of other projects against the emulator.
pub(crate) struct Clients;

impl Command for Clients {
    fn name(&self) -> &'static str {
        "clients"
    }

    fn help(&self) -> &'static str {
        "Run discord.js, discord.py, eris, oceanic.js and twilight against the emulator

Installs each client from its registry below target/, at a pinned version, and
runs it against an emulator of its own: READY, events, a reply over REST, a
connection that is cut, op 7. Prints a table with the rules that each client
breaks, and runs the tests that the emulator's guide shows. Fails if a client does
not finish or loses an event. Skips a client whose runtime (node, python3) is
missing, and says so. The network is needed only for installing.

Options:
  --only NAME  discord-js, discordjs-ws, discord-py, eris, oceanic-js or
               twilight; can be repeated"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        system::install(&Need::TESTS)?;
        Cargo::new("build --quiet --package gloaming-emulator --package gloaming-clients").run()?;
        // The program checks the options, since only it knows the clients.
        Cargo::new("run --quiet --package gloaming-clients --")
            .args(args)
            .run()
    }
}
