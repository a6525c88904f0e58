//! The command line of the crash loop.

use crate::{Result, options::number};

pub(crate) const HELP: &str =
    "Kills processes that share a ledger of identifies, in crash loops over days of virtual time

Options:
  --restarts N   how often processes are started again, at least (2000)
  --hours H      over how many hours of virtual time, about and at least (96)
  --processes N  how many processes run at a time (3)
  --shards N     how many shards each of them has (2)
  --limit N      how many identifies the bot has a day (240)
  --seed S       the seed of the moments (0)";

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) restarts: u32,
    pub(crate) hours: u64,
    pub(crate) processes: u32,
    pub(crate) shards: u32,
    pub(crate) limit: u32,
    pub(crate) seed: u64,
}

impl Options {
    /// Returns `None` if help is asked for.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut options = Self {
            restarts: 2_000,
            hours: 96,
            processes: 3,
            shards: 2,
            limit: 240,
            seed: 0,
        };
        while let Some(name) = args.next() {
            if matches!(name.as_str(), "-h" | "--help") {
                return Ok(None);
            }
            let value = args.next();
            match name.as_str() {
                "--restarts" => options.restarts = number(&name, value)?,
                "--hours" => options.hours = number(&name, value)?,
                "--processes" => options.processes = number(&name, value)?,
                "--shards" => options.shards = number(&name, value)?,
                "--limit" => options.limit = number(&name, value)?,
                "--seed" => options.seed = number(&name, value)?,
                _ => return Err(format!("unknown option `{name}`").into()),
            }
        }
        for (name, value) in [
            ("--restarts", options.restarts.into()),
            ("--hours", options.hours),
            ("--processes", options.processes.into()),
            ("--shards", options.shards.into()),
            ("--limit", options.limit.into()),
        ] {
            if value == 0 {
                return Err(format!("{name} must be over 0").into());
            }
        }
        Ok(Some(options))
    }
}
