//! The clients, and what is known of each.

use std::process::Command;

use crate::{
    folders::Folders,
    install::{path_with, rust_program, venv_python},
};

/// A library that is run, and how.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Client {
    /// discord.js without its optional packages.
    DiscordJs,
    /// discord.js with the package zlib-sync, which makes it use compression.
    DiscordJsZlibSync,
    /// @discordjs/ws without discord.js, in a later version than discord.js depends on.
    DiscordJsWs,
    /// discord.py with one shard.
    DiscordPy,
    /// discord.py with several shards.
    DiscordPySharded,
    /// eris with erlpack, which makes it use ETF.
    Eris,
    /// hikari.
    Hikari,
    /// interactions.py.
    InteractionsPy,
    /// oceanic.js with erlpack, which makes it use ETF, and with zstd-napi.
    OceanicJs,
    /// serenity.
    Serenity,
    /// twilight-gateway.
    Twilight,
}

/// What a library is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    /// The gateway only.
    Gateway,
    /// The gateway and REST.
    Bot,
}

/// What a client program is written in, and what that needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Language {
    /// JavaScript, with these packages compiled. Without any, optional packages are left out.
    JavaScript {
        compiled: &'static [&'static str],
    },
    Python,
    /// Rust, in a workspace of its own, with a feature for each compression.
    Rust,
}

impl Client {
    pub(crate) const ALL: [Self; 11] = [
        Self::DiscordJs,
        Self::DiscordJsZlibSync,
        Self::DiscordJsWs,
        Self::DiscordPy,
        Self::DiscordPySharded,
        Self::Eris,
        Self::Hikari,
        Self::InteractionsPy,
        Self::OceanicJs,
        Self::Serenity,
        Self::Twilight,
    ];

    /// Returns the client's name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DiscordJsZlibSync => "discord-js-zlib-sync",
            Self::DiscordPySharded => "discord-py-sharded",
            _ => self.folder(),
        }
    }

    /// Returns the name of the folder in which the client's packages are installed. Clients with the same packages share it.
    pub(crate) const fn install_folder(self) -> &'static str {
        match self {
            Self::DiscordJsZlibSync => self.name(),
            _ => self.folder(),
        }
    }

    /// Returns the name of the folder of the client's program.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::DiscordJs | Self::DiscordJsZlibSync => "discord-js",
            Self::DiscordJsWs => "discordjs-ws",
            Self::DiscordPy | Self::DiscordPySharded => "discord-py",
            Self::Eris => "eris",
            Self::Hikari => "hikari",
            Self::InteractionsPy => "interactions-py",
            Self::OceanicJs => "oceanic-js",
            Self::Serenity => "serenity",
            Self::Twilight => "twilight",
        }
    }

    /// Returns the name of the library's package.
    pub(crate) const fn package(self) -> &'static str {
        match self {
            Self::DiscordJs | Self::DiscordJsZlibSync => "discord.js",
            Self::DiscordJsWs => "@discordjs/ws",
            Self::DiscordPy | Self::DiscordPySharded => "discord.py",
            Self::Eris => "eris",
            Self::Hikari => "hikari",
            Self::InteractionsPy => "interactions.py",
            Self::OceanicJs => "oceanic.js",
            Self::Serenity => "serenity",
            Self::Twilight => "twilight-gateway",
        }
    }

    /// Returns the name of the library in the tables.
    pub(crate) fn title(self) -> String {
        let package = self.package();
        match (self, self.shards()) {
            (Self::DiscordJsZlibSync, _) => format!("{package} with zlib-sync"),
            (_, 1) => package.to_owned(),
            (_, shards) => format!("{package}, {shards} shards"),
        }
    }

    /// Returns the compressions that the client supports. It runs once with each.
    pub(crate) const fn compressions(self) -> &'static [&'static str] {
        match self {
            Self::DiscordJs => &["none"],
            Self::DiscordJsZlibSync | Self::InteractionsPy => &["zlib-stream"],
            Self::DiscordJsWs => &["none", "payload", "zlib-stream"],
            Self::DiscordPy | Self::DiscordPySharded => &["zlib-stream", "zstd-stream"],
            Self::Eris => &["none", "zlib-stream"],
            Self::Hikari => &["none", "payload", "zlib-stream", "zstd-stream"],
            Self::Serenity => &["payload"],
            Self::OceanicJs | Self::Twilight => &["none", "zlib-stream", "zstd-stream"],
        }
    }

    /// Returns the encoding that the client uses.
    pub(crate) const fn encoding(self) -> &'static str {
        match self {
            Self::Eris | Self::OceanicJs => "etf",
            _ => "json",
        }
    }

    pub(crate) const fn shards(self) -> u64 {
        match self {
            Self::DiscordPySharded => 2,
            _ => 1,
        }
    }

    pub(crate) const fn scope(self) -> Scope {
        match self {
            Self::DiscordJsWs | Self::Twilight => Scope::Gateway,
            _ => Scope::Bot,
        }
    }

    pub(crate) const fn language(self) -> Language {
        match self {
            Self::DiscordJs | Self::DiscordJsWs => Language::JavaScript { compiled: &[] },
            Self::DiscordJsZlibSync => Language::JavaScript {
                compiled: &["zlib-sync"],
            },
            Self::Eris => Language::JavaScript {
                compiled: &["erlpack"],
            },
            Self::OceanicJs => Language::JavaScript {
                compiled: &["erlpack", "zstd-napi"],
            },
            Self::DiscordPy | Self::DiscordPySharded | Self::Hikari | Self::InteractionsPy => {
                Language::Python
            }
            Self::Serenity | Self::Twilight => Language::Rust,
        }
    }

    /// Returns the command that runs the client program.
    pub(crate) fn command(self, folders: &Folders, compression: &str) -> Command {
        let work = folders.work(self);
        let mut command = match self.language() {
            Language::JavaScript { .. } => {
                let mut node = Command::new("node");
                node.arg("client.mjs").current_dir(work);
                node
            }
            Language::Python => {
                let mut python = Command::new(venv_python(&work));
                python.arg("client.py").current_dir(work);
                python
            }
            Language::Rust => Command::new(rust_program(&work, compression)),
        };
        command
            .env("COMPRESSION", compression)
            .env("SHARD_TOTAL", self.shards().to_string());
        command
    }

    /// Returns the command that runs the guide's test, if the guide has one for this client. The test starts the
    /// emulator itself.
    pub(crate) fn guide_test(self, folders: &Folders) -> Result<Option<Command>, String> {
        let work = folders.work(self);
        let mut command = match self {
            Self::DiscordJs => {
                let mut node = Command::new("node");
                node.args(["--test", "bot.test.mjs"]);
                node
            }
            Self::DiscordPy => {
                let mut python = Command::new(venv_python(&work));
                python.args(["-m", "unittest", "-v", "test_bot"]);
                python
            }
            _ => return Ok(None),
        };
        command
            .current_dir(work)
            .env("PATH", path_with(&folders.built)?);
        Ok(Some(command))
    }
}
