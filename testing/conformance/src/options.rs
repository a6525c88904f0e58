//! The command line.

use std::time::Duration;

use gloaming_emulator::scenario::Scenario;

/// The last fault of the library's longest scenario comes after five minutes.
const MINUTES: u64 = 6;

/// A day.
const MOST_MINUTES: u64 = 1440;

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) scenarios: Vec<Scenario>,
    /// How long each trial runs.
    pub(crate) lasting: Duration,
    /// Whether the table goes into the README.
    pub(crate) write: bool,
}

pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut args = args.into_iter();
    let (mut minutes, mut scenarios, mut write) = (MINUTES, Vec::new(), false);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--write" => write = true,
            "--minutes" => {
                let value = args.next().unwrap_or_default();
                minutes = match value.parse() {
                    Ok(minutes @ 1..=MOST_MINUTES) => minutes,
                    _ => {
                        return Err(format!(
                            "--minutes needs a number from 1 to {MOST_MINUTES} and not `{value}`"
                        ));
                    }
                };
            }
            "--scenario" => {
                let name = args.next().unwrap_or_default();
                scenarios.push(Scenario::named(&name).map_err(|error| error.to_string())?);
            }
            unknown => {
                return Err(format!(
                    "unknown option `{unknown}`; there are --minutes N, --scenario NAME and --write"
                ));
            }
        }
    }
    if scenarios.is_empty() {
        scenarios = Scenario::library();
    } else if write {
        // The README would lose the rest.
        return Err("--write goes with all scenarios only".to_owned());
    }
    Ok(Options {
        scenarios,
        lasting: Duration::from_secs(minutes * 60),
        write,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_is_not_said_is_all_and_long_enough() {
        let options = parsed("").unwrap();
        assert_eq!(options.scenarios, Scenario::library());
        assert!(!options.write);
        let options = parsed("--minutes 2 --scenario flapping").unwrap();
        assert_eq!(options.lasting, Duration::from_secs(120));
        assert_eq!(options.scenarios[0].name, "flapping");
    }

    #[test]
    fn mistakes_are_told() {
        for (line, told) in [
            ("--minutes 0", "--minutes needs a number from 1"),
            ("--scenario flipping", "there are accept-then-close"),
            ("--scenario flapping --write", "with all scenarios only"),
            ("--help-me", "unknown option `--help-me`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(told), "{line}: {error}");
        }
    }
}
