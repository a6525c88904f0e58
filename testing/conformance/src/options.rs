//! The options of the command line.

use std::time::Duration;

use gloaming_emulator::scenario::Scenario;

/// The longest scenario of the library has its last fault after five minutes.
const DEFAULT_MINUTES: u64 = 6;

/// A day.
const MAX_MINUTES: u64 = 1440;

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) scenarios: Vec<Scenario>,
    /// The duration of each run.
    pub(crate) duration: Duration,
    /// Whether to write the table to COMPARISON.md.
    pub(crate) write: bool,
}

pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut args = args.into_iter();
    let (mut minutes, mut scenarios, mut write) = (DEFAULT_MINUTES, Vec::new(), false);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--write" => write = true,
            "--minutes" => {
                let value = args.next().unwrap_or_default();
                minutes = match value.parse() {
                    Ok(minutes @ 1..=MAX_MINUTES) => minutes,
                    _ => {
                        return Err(format!(
                            "--minutes requires a number from 1 to {MAX_MINUTES}, not `{value}`"
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
                    "unknown option `{unknown}`; the options are --minutes N, --scenario NAME and --write"
                ));
            }
        }
    }
    if scenarios.is_empty() {
        scenarios = Scenario::library();
    } else if write {
        // The table in the file would lose the other scenarios.
        return Err("--write requires all scenarios: leave out --scenario".to_owned());
    }
    Ok(Options {
        scenarios,
        duration: Duration::from_secs(minutes * 60),
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
    fn defaults_are_all_scenarios_for_six_minutes() {
        let options = parsed("").unwrap();
        assert_eq!(options.scenarios, Scenario::library());
        assert_eq!(options.duration, Duration::from_secs(360));
        assert!(!options.write);
        let options = parsed("--minutes 2 --scenario flapping").unwrap();
        assert_eq!(options.duration, Duration::from_secs(120));
        assert_eq!(options.scenarios[0].name, "flapping");
    }

    #[test]
    fn invalid_options_are_errors() {
        for (line, expected) in [
            ("--minutes 0", "--minutes requires a number from 1"),
            (
                "--scenario flipping",
                "the library has no scenario of this name",
            ),
            (
                "--scenario flapping --write",
                "--write requires all scenarios",
            ),
            ("--help-me", "unknown option `--help-me`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
