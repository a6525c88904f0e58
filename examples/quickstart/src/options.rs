//! The command line.

use crate::Result;
use std::{env, time::Duration};

pub(crate) const HELP: &str = "\
A sharded bot that connects to the bundled emulator, or to Discord if DISCORD_TOKEN is set.

Usage: quickstart [OPTIONS]

Options:
  --shards N     number of shards [default: 2]
  --seconds S    time to run once all shards are ready [default: 6]
  --help         show this help

Environment:
  DISCORD_TOKEN  the bot's token; without it, no network is needed
  RUST_LOG       log filter, for example gloaming_shard=debug [default: off]";

pub(crate) struct Options {
    pub(crate) shards: u32,
    pub(crate) run_for: Duration,
}

impl Options {
    /// Returns `None` if help is requested.
    pub(crate) fn from_args() -> Result<Option<Self>> {
        let mut options = Self {
            shards: 2,
            run_for: Duration::from_secs(6),
        };
        let mut args = env::args().skip(1);
        while let Some(name) = args.next() {
            let mut value = || {
                args.next()
                    .and_then(|value| value.parse::<u32>().ok())
                    .filter(|value| (1..=1_000).contains(value))
                    .ok_or_else(|| format!("{name} needs a number from 1 to 1000; see --help"))
            };
            match name.as_str() {
                "--shards" => options.shards = value()?,
                "--seconds" => options.run_for = Duration::from_secs(value()?.into()),
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("unknown option {other}; see --help").into()),
            }
        }
        Ok(Some(options))
    }
}
