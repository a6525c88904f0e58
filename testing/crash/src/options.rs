//! The command line.

use crate::{Result, mode::Mode};
use std::str::FromStr;

pub(crate) const HELP: &str =
    "Kills a bot with SIGKILL at many moments, and counts what its handlers miss

Options:
  --kills N       how often the bot is killed (1000)
  --dispatches N  how many events the gateway sends (100 per kill)
  --shards N      how many shards the bot has, at most 16 (4)
  --seed S        the seed of the moments (0)
  --mode M        one-by-one, concurrent, with-state or with-cache (all)
  --loop          crash loops with a ledger of identifies instead; `--loop --help` lists their options";

/// More shards would identify with the same rate-limit key.
const MAX_SHARDS: u32 = 16;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) kills: u64,
    pub(crate) dispatches: u64,
    pub(crate) shards: u32,
    pub(crate) seed: u64,
    pub(crate) modes: Vec<Mode>,
}

impl Options {
    /// Returns `None` if help is asked for.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut options = Self {
            kills: 1_000,
            dispatches: 0,
            shards: 4,
            seed: 0,
            modes: Mode::ALL.to_vec(),
        };
        while let Some(name) = args.next() {
            if matches!(name.as_str(), "-h" | "--help") {
                return Ok(None);
            }
            let value = args.next();
            match name.as_str() {
                "--kills" => options.kills = number(&name, value)?,
                "--dispatches" => options.dispatches = number(&name, value)?,
                "--shards" => options.shards = number(&name, value)?,
                "--seed" => options.seed = number(&name, value)?,
                "--mode" => options.modes = vec![number(&name, value)?],
                _ => return Err(format!("unknown option `{name}`").into()),
            }
        }
        if options.dispatches == 0 {
            options.dispatches = options.kills.saturating_mul(100);
        }
        if !(1..=MAX_SHARDS).contains(&options.shards) {
            return Err(format!("--shards must be from 1 to {MAX_SHARDS}").into());
        }
        Ok(Some(options))
    }
}

pub(crate) fn number<T: FromStr>(name: &str, value: Option<String>) -> Result<T> {
    let value = value.ok_or_else(|| format!("{name} needs a value"))?;
    let parsed = value.parse();
    parsed.map_err(|_| format!("`{value}` is no value for {name}").into())
}
