//! The command line.

use crate::Result;
use std::str::FromStr;

pub(crate) const HELP: &str =
    "Hands shards over between processes and switches to another number of shards, under load

Options:
  --only D     hand-over or reshard (both)
  --seed S     the seed of kills, faults and moments (0)
  --rate N     how many events the gateway sends per second (5000)
  --rounds N   how often the shards move on, in each case of hand-over (12)
  --kills N    in how many of these rounds a process is killed (8)
  --moments N  at how many moments the bot switches, in each direction (5)";

/// More would not fit into the memory of the emulator's sessions.
const MAX_RATE: u64 = 50_000;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Drill {
    HandOver,
    Reshard,
}

impl FromStr for Drill {
    type Err = ();

    fn from_str(name: &str) -> std::result::Result<Self, ()> {
        match name {
            "hand-over" | "handover" => Ok(Self::HandOver),
            "reshard" => Ok(Self::Reshard),
            _ => Err(()),
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Options {
    pub(crate) drills: Vec<Drill>,
    pub(crate) seed: u64,
    pub(crate) rate: u64,
    pub(crate) rounds: usize,
    pub(crate) kills: usize,
    pub(crate) moments: u64,
}

impl Options {
    /// Returns `None` if help is asked for.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut options = Self {
            drills: vec![Drill::HandOver, Drill::Reshard],
            seed: 0,
            rate: 5_000,
            rounds: 12,
            kills: 8,
            moments: 5,
        };
        while let Some(name) = args.next() {
            if matches!(name.as_str(), "-h" | "--help") {
                return Ok(None);
            }
            let value = args.next();
            match name.as_str() {
                "--only" => options.drills = vec![number(&name, value)?],
                "--seed" => options.seed = number(&name, value)?,
                "--rate" => options.rate = number(&name, value)?,
                "--rounds" => options.rounds = number(&name, value)?,
                "--kills" => options.kills = number(&name, value)?,
                "--moments" => options.moments = number(&name, value)?,
                _ => return Err(format!("unknown option `{name}`").into()),
            }
        }
        if !(1..=MAX_RATE).contains(&options.rate) {
            return Err(format!("--rate must be from 1 to {MAX_RATE}").into());
        }
        if options.kills > options.rounds {
            return Err("--kills must be at most --rounds".into());
        }
        Ok(Some(options))
    }
}

pub(crate) fn number<T: FromStr>(name: &str, value: Option<String>) -> Result<T> {
    let value = value.ok_or_else(|| format!("{name} needs a value"))?;
    let parsed = value.parse();
    parsed.map_err(|_| format!("`{value}` is no value for {name}").into())
}

#[cfg(test)]
mod tests {
    use super::{Drill, Options};

    fn parsed(line: &str) -> crate::Result<Option<Options>> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_have_defaults() {
        let options = parsed("").unwrap().unwrap();
        assert_eq!(options.drills, [Drill::HandOver, Drill::Reshard]);
        assert_eq!(
            (options.rate, options.rounds, options.kills),
            (5_000, 12, 8)
        );
        let options = parsed("--only reshard --moments 2 --seed 7")
            .unwrap()
            .unwrap();
        assert_eq!(options.drills, [Drill::Reshard]);
        assert_eq!((options.moments, options.seed), (2, 7));
        assert_eq!(parsed("--help").unwrap(), None);
    }

    #[test]
    fn invalid_options_are_reported() {
        for (line, expected) in [
            ("--rate 0", "--rate must be from 1 to 50000"),
            ("--rounds 2", "--kills must be at most --rounds"),
            ("--only sleep", "`sleep` is no value for --only"),
            ("--seed", "--seed needs a value"),
            ("--speed 3", "unknown option `--speed`"),
        ] {
            assert_eq!(parsed(line).unwrap_err().to_string(), expected);
        }
    }
}
