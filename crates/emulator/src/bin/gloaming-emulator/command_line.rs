//! Parses the command line.

use std::fmt::Write as _;

use gloaming_emulator::{Flood, recording::Playback};

use crate::{
    flags::{FLAGS, Flag},
    options::{FloodClose, Options},
    token_source::{self, TOKEN_VARIABLE, TokenSource},
};

/// The command of the command line.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Version,
    ListScenarios,
    Run(Box<Options>),
}

/// The text of `--help`.
pub(crate) fn help() -> String {
    let mut text = "A Discord gateway on the local machine, with generated guilds and events, without token and network.\n\
         It listens on 127.0.0.1, prints its URLs, and prints a summary when it is interrupted. Meanwhile, it prints a line\n\
         for each client that comes or goes to standard error.\n\n\
         Usage: gloaming-emulator [OPTION...]\n\n"
        .to_owned();
    for Flag {
        name, value, help, ..
    } in FLAGS
    {
        // Writing to a string can't fail.
        let _ = writeln!(text, "  {:34} {help}", format!("{name} {value}"));
    }
    text.push_str("  --list-scenarios                   list the bundled scenarios\n");
    text.push_str("  --version                          print the version\n");
    text.push_str("  --help                             print this text\n\n");
    text.push_str("A TIME is a number with a unit: 1500ms, 5s, 3m or 1h. RUST_LOG=gloaming_emulator=debug shows more.\n");
    let _ = writeln!(
        text,
        "Without --token and --token-file, the token is that of the environment variable {TOKEN_VARIABLE},\n\
         or gloaming.emulator.token."
    );
    text
}

/// Parses the command line without the name of the program, and the token of the environment.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = String>,
    token: Option<&str>,
) -> Result<Command, String> {
    let mut options = Options::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--help" || argument == "-h" {
            return Ok(Command::Help);
        }
        if argument == "--version" || argument == "-V" {
            return Ok(Command::Version);
        }
        if argument == "--list-scenarios" {
            return Ok(Command::ListScenarios);
        }
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let flag = FLAGS
            .iter()
            .find(|flag| flag.name == name)
            .ok_or_else(|| unknown(name))?;
        let value = if flag.value.is_empty() {
            String::new()
        } else {
            attached
                .or_else(|| arguments.next())
                .ok_or_else(|| format!("{name} needs a value: {}", flag.value))?
        };
        (flag.apply)(&mut options, &value).map_err(|error| format!("{name}: {error}"))?;
    }
    if options.settings.playback == Playback::Loop && options.settings.recording.is_none() {
        return Err("--loop requires --replay".to_owned());
    }
    if let (TokenSource::Unset, Some(token)) = (options.token_source, token) {
        let token = token_source::parse(token);
        options.settings.token = token.map_err(|error| format!("{TOKEN_VARIABLE}: {error}"))?;
    }
    options.settings.flood = options
        .flood_events
        .map(|events| match options.flood_close {
            FloodClose::Code(code) => Flood::new(events).then_close(code),
            FloodClose::Never => Flood::new(events),
        });
    Ok(Command::Run(Box::new(options)))
}

fn unknown(name: &str) -> String {
    let names = FLAGS.iter().map(|flag| flag.name);
    let all = names.chain(["--help", "--version", "--list-scenarios"]);
    let closest = all.map(|known| (distance(name, known), known)).min();
    match closest {
        // Enough for a typo or two, and less than the length of any name.
        Some((0..=3, known)) => format!("unknown option {name}; did you mean {known}?"),
        _ => format!("unknown option {name}"),
    }
}

/// The number of characters to insert, remove or replace to turn one text into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, from) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, to) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::options::Verdict;

    fn run(line: &str) -> Result<Options, String> {
        run_with_token(line, None)
    }

    fn run_with_token(line: &str, token: Option<&str>) -> Result<Options, String> {
        match parse(line.split_whitespace().map(str::to_owned), token)? {
            Command::Run(options) => Ok(*options),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn settings_are_read() {
        let options = run(
            "--shards 4 --guilds=100 --events-per-second 2.5 --heartbeat-interval 1500ms --tls",
        )
        .unwrap();
        assert_eq!((options.settings.shards, options.settings.guilds), (4, 100));
        assert_eq!(options.settings.events_per_second, 2.5);
        assert_eq!(
            options.settings.heartbeat_interval,
            Duration::from_millis(1500)
        );
        assert!(options.settings.tls);
    }

    #[test]
    fn flood_ends_with_a_close_frame_by_default() {
        assert_eq!(
            run("--flood 10").unwrap().settings.flood,
            Some(Flood::new(10).then_close(1000))
        );
        let flood = run("--flood 10 --flood-close 4000").unwrap().settings.flood;
        assert_eq!(flood, Some(Flood::new(10).then_close(4000)));
        assert_eq!(
            run("--flood-close none --flood 10").unwrap().settings.flood,
            Some(Flood::new(10))
        );
    }

    #[test]
    fn scenarios_are_read_from_the_library_or_a_file() {
        let options = run("--scenario half-open --scenario op7-first --strict").unwrap();
        let names = options.settings.scenarios.iter();
        let names: Vec<&str> = names.map(|scenario| scenario.name.as_str()).collect();
        assert_eq!(names, ["half-open", "op7-first"]);
        assert_eq!(options.verdict, Verdict::Strict);
        let error = run("--scenario half").unwrap_err();
        assert!(
            error
                .starts_with("--scenario: scenario half: the library has no scenario of this name"),
            "{error}"
        );
        let error = run("--scenario /nowhere/at/all.toml").unwrap_err();
        assert!(
            error.starts_with("--scenario: can't read /nowhere/at/all.toml"),
            "{error}"
        );
    }

    #[test]
    fn invalid_options_are_errors() {
        for (line, error) in [
            ("--nonsense", "unknown option --nonsense"),
            (
                "--gilds 3",
                "unknown option --gilds; did you mean --guilds?",
            ),
            (
                "--list-scenario",
                "unknown option --list-scenario; did you mean --list-scenarios?",
            ),
            ("--shards", "--shards needs a value: N"),
            ("--loop", "--loop requires --replay"),
            ("--speed 0", "--speed: 0 is not in the range 1 to 1000"),
            ("--shards 0", "--shards: 0 is not in the range 1 to 100000"),
            (
                "--guilds 99999999",
                "--guilds: 99999999 is not in the range 0 to 1000000",
            ),
            (
                "--max-concurrency 0",
                "--max-concurrency: 0 is not in the range 1 to 4294967295",
            ),
            (
                "--session-starts 10:20",
                "--session-starts: 20 is not in the range 0 to 10",
            ),
            (
                "--events-per-second nan",
                "--events-per-second: NaN is not in the range 0 to 1000000",
            ),
            (
                "--events-per-second -1",
                "--events-per-second: -1 is not in the range 0 to 1000000",
            ),
            (
                "--heartbeat-interval 0s",
                "--heartbeat-interval: a heartbeat needs an interval",
            ),
            (
                "--first-port 65535",
                "--first-port: 65535 is not in the range 1 to 65531",
            ),
            (
                "--shards -1",
                "--shards: \"-1\" is not a number, or is out of range",
            ),
            (
                "--token a --token-file b",
                "--token-file: --token and --token-file can't both be given",
            ),
            ("--token=", "--token: the token is empty"),
            (
                "--allow-host emulator:8700",
                "--allow-host: \"emulator:8700\" is not a host without scheme and port",
            ),
            (
                "--allow-origin localhost",
                "--allow-origin: \"localhost\" is not an origin such as http://localhost:3000",
            ),
            (
                "--session-lifetime 5",
                "--session-lifetime: \"5\" needs a unit: ms, s, m or h",
            ),
        ] {
            assert_eq!(run(line).unwrap_err(), error);
        }
    }

    #[test]
    fn token_comes_from_the_command_line_or_the_environment() {
        let token = |line, environment| {
            let options = run_with_token(line, environment).unwrap();
            options.settings.token.expose().to_owned()
        };
        assert_eq!(token("", None), gloaming_emulator::DEFAULT_TOKEN);
        assert_eq!(
            token("", Some("of.the.environment\n")),
            "of.the.environment"
        );
        assert_eq!(token("--token a", Some("b")), "a");
        let error = run_with_token("", Some(" ")).unwrap_err();
        assert_eq!(error, "GLOAMING_EMULATOR_TOKEN: the token is empty");
        let error = run_with_token("", Some("se cret")).unwrap_err();
        assert!(
            error.contains("a blank") && !error.contains("cret"),
            "{error}"
        );
    }

    #[test]
    fn allowed_hosts_and_origins_add_up() {
        let options =
            run("--allow-host a --allow-host [fd00::2] --allow-origin http://b:1").unwrap();
        assert_eq!(options.settings.allowed_hosts, ["a", "[fd00::2]"]);
        assert_eq!(options.settings.allowed_origins, ["http://b:1"]);
    }

    #[test]
    fn help_lists_every_option() {
        let help = help();
        assert!(FLAGS.iter().all(|flag| help.contains(flag.name)));
        assert!(matches!(
            parse(["--help".to_owned()], None),
            Ok(Command::Help)
        ));
        let version = parse(["--version".to_owned()], None);
        assert!(matches!(version, Ok(Command::Version)));
    }

    #[test]
    fn guide_lists_existing_options() {
        let guide = include_str!("../../../docs/guide.md");
        let rows = guide.lines().filter(|line| line.starts_with("| `--"));
        let cells = rows.filter_map(|row| row.split(" | ").next());
        let named: Vec<&str> = cells
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect();
        assert!(named.len() > 10, "{named:?}");
        for option in named {
            let (name, value) = option.split_once(' ').unwrap_or((option, ""));
            let flag = FLAGS.iter().find(|flag| flag.name == name);
            let value = value.replace('\\', "");
            assert_eq!(flag.map(|flag| flag.value), Some(&*value), "{option}");
        }
    }
}
