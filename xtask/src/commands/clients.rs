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
        "Run bots on nine other libraries against the emulator

Installs each client from its registry below target/, at a pinned version, and
runs it against an emulator of its own: commands over the gateway and REST, and
connections that end in six ways, with numbered messages throughout. Prints a table
with the rules that each client breaks, and runs the tests that the emulator's guide
shows. Fails if a client does not finish, loses a message, or breaks a rule without
a committed reason. Skips a client whose runtime (node, python3) is missing, and
says so. The network is needed only for installing.

Options:
  --only NAME  discord-js, discord-js-zlib-sync, discordjs-ws, discord-py,
               discord-py-sharded, eris, hikari, interactions-py, oceanic-js,
               serenity or twilight; can be repeated
  --write      write the results into the emulator's guide; needs all clients"
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
