//! The command line.

use std::{path::PathBuf, str::FromStr, time::Duration};

const SHARDS: u32 = 64;
const MOST_SHARDS: u32 = 2000;
const MINUTES: u64 = 5;

/// A month.
const MOST_MINUTES: u64 = 44_640;

#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Options {
    pub(crate) time: Duration,
    pub(crate) shards: u32,
    pub(crate) seed: u64,
    /// The emulator's program; beside this one if it is not said.
    pub(crate) emulator: Option<PathBuf>,
}

pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut args = args.into_iter();
    let (mut minutes, mut shards, mut seed, mut emulator) = (MINUTES, SHARDS, 0, None);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--minutes" => minutes = number(&arg, &value(), 1, MOST_MINUTES)?,
            "--shards" => shards = number(&arg, &value(), 1, MOST_SHARDS)?,
            "--seed" => seed = number(&arg, &value(), 0, u64::MAX)?,
            "--emulator" => emulator = Some(PathBuf::from(value())),
            unknown => {
                return Err(format!(
                    "unknown option `{unknown}`; there are --minutes M, --shards N, --seed S and --emulator PROGRAM"
                ));
            }
        }
    }
    Ok(Options {
        time: Duration::from_secs(minutes * 60),
        shards,
        seed,
        emulator,
    })
}

fn number<N>(name: &str, value: &str, least: N, most: N) -> Result<N, String>
where
    N: Copy + FromStr + PartialOrd + std::fmt::Display,
{
    match value.parse() {
        Ok(number) if least <= number && number <= most => Ok(number),
        _ => Err(format!(
            "{name} needs a number from {least} to {most} and not `{value}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let options = parsed("").unwrap();
        assert_eq!((options.shards, options.seed), (SHARDS, 0));
        let options = parsed("--minutes 2 --shards 8 --seed 7").unwrap();
        let expected = Options {
            time: Duration::from_secs(120),
            shards: 8,
            seed: 7,
            emulator: None,
        };
        assert_eq!(options, expected);
    }

    #[test]
    fn mistakes_are_told() {
        for (line, told) in [
            ("--minutes 0", "--minutes needs a number from 1"),
            ("--shards many", "--shards needs a number from 1 to 2000"),
            ("--seed", "and not ``"),
            ("--sleep", "unknown option `--sleep`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(told), "{line}: {error}");
        }
    }
}
