//! The command line.

use std::{path::PathBuf, str::FromStr, time::Duration};

const DEFAULT_SHARDS: u32 = 64;
const MAX_SHARDS: u32 = 2000;
const DEFAULT_MINUTES: u64 = 5;

/// A month.
const MAX_MINUTES: u64 = 44_640;

#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Options {
    pub(crate) duration: Duration,
    pub(crate) shards: u32,
    pub(crate) seed: u64,
    /// The emulator's program. Default: the one in the directory of this program.
    pub(crate) emulator: Option<PathBuf>,
}

pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut args = args.into_iter();
    let (mut minutes, mut shards) = (DEFAULT_MINUTES, DEFAULT_SHARDS);
    let (mut seed, mut emulator) = (0, None);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--minutes" => minutes = number(&arg, &value(), 1, MAX_MINUTES)?,
            "--shards" => shards = number(&arg, &value(), 1, MAX_SHARDS)?,
            "--seed" => seed = number(&arg, &value(), 0, u64::MAX)?,
            "--emulator" => emulator = Some(PathBuf::from(value())),
            unknown => {
                return Err(format!(
                    "unknown option `{unknown}`: the options are --minutes M, --shards N, --seed S and --emulator PROGRAM"
                ));
            }
        }
    }
    Ok(Options {
        duration: Duration::from_secs(minutes * 60),
        shards,
        seed,
        emulator,
    })
}

fn number<N>(name: &str, value: &str, min: N, max: N) -> Result<N, String>
where
    N: Copy + FromStr + PartialOrd + std::fmt::Display,
{
    match value.parse() {
        Ok(number) if min <= number && number <= max => Ok(number),
        _ => Err(format!(
            "{name} requires a number from {min} to {max}, not `{value}`"
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
    fn missing_options_have_defaults() {
        let options = parsed("").unwrap();
        assert_eq!((options.shards, options.seed), (DEFAULT_SHARDS, 0));
        let options = parsed("--minutes 2 --shards 8 --seed 7").unwrap();
        let expected = Options {
            duration: Duration::from_secs(120),
            shards: 8,
            seed: 7,
            emulator: None,
        };
        assert_eq!(options, expected);
    }

    #[test]
    fn invalid_options_are_reported() {
        for (line, expected) in [
            ("--minutes 0", "--minutes requires a number from 1"),
            (
                "--shards many",
                "--shards requires a number from 1 to 2000, not `many`",
            ),
            ("--seed", "not ``"),
            ("--sleep", "unknown option `--sleep`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
