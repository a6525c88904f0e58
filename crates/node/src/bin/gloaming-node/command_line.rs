//! The command line, which has neither the token nor other settings.

use gloaming_node::SETTINGS;
use std::path::PathBuf;

/// What the program is to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Command {
    Help,
    Version,
    /// Checks the configuration in this file, if one is named.
    Check(Option<PathBuf>),
    Run {
        config: Option<PathBuf>,
        /// The program that gets the events, with its arguments. Empty for none.
        worker: Vec<String>,
    },
}

pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut args = args.into_iter();
    let (mut path, mut is_check, mut worker) = (None, false, Vec::new());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-h" | "--help" => return Ok(Command::Help),
            "-V" | "--version" => return Ok(Command::Version),
            "--check" => is_check = true,
            "--config" if path.is_none() => {
                let value = args.next().ok_or("--config needs the path of a file")?;
                path = Some(PathBuf::from(value));
            }
            "--config" => return Err("--config can be given once".to_owned()),
            "--" => {
                worker = args.by_ref().collect();
                if worker.is_empty() {
                    return Err("`--` needs the program of a worker after it".to_owned());
                }
            }
            _ => return Err(format!("unknown argument `{arg}`")),
        }
    }
    Ok(match is_check {
        true => Command::Check(path),
        false => Command::Run {
            config: path,
            worker,
        },
    })
}

pub(crate) fn help() -> String {
    let mut help = "\
Runs the shards of one Discord bot as a node of a fleet

All nodes of the bot run this program with the same configuration. Each takes its
share of the shards, and takes over those of nodes that die, by RESUME. SIGTERM or
Ctrl-C ends the program once the other nodes have its shards; a second one at once.

Usage: gloaming-node [options] [-- WORKER [ARGUMENT…]]

A worker is started with the events as its standard input. Its input ends with the
last event, and the program ends after the worker. Without one, events go to the
standard output of the program.

Options:
  --config FILE  a TOML file with settings; otherwise GLOAMING_CONFIG names it
  --check        checks the configuration and ends
  -V, --version  prints the version
  -h, --help     prints this

Environment:
  DISCORD_TOKEN  the bot's token
  RUST_LOG       what is logged to the standard error (info)

Settings, in the file or as environment variables, which override the file:
"
    .to_owned();
    for setting in SETTINGS {
        help.push_str(&format!("  {}, {}\n", setting.key, setting.variable));
        for line in setting.help {
            help.push_str(&format!("      {line}\n"));
        }
    }
    help.push_str(
        "
Exit codes: 0 after the shards were given away, 1 after a failure, 2 if the
configuration is invalid.",
    );
    help
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_choose_what_to_do() {
        let path = || Some(PathBuf::from("a.toml"));
        let run = |config, worker: &[&str]| {
            let worker = worker.iter().map(|it| (*it).to_owned()).collect();
            Ok(Command::Run { config, worker })
        };
        assert_eq!(parsed(""), run(None, &[]));
        assert_eq!(parsed("--config a.toml"), run(path(), &[]));
        assert_eq!(parsed("-- a --help"), run(None, &["a", "--help"]));
        assert_eq!(
            parsed("--check --config a.toml"),
            Ok(Command::Check(path()))
        );
        assert_eq!(parsed("--config a.toml -h"), Ok(Command::Help));
        assert_eq!(parsed("-V"), Ok(Command::Version));
    }

    #[test]
    fn invalid_arguments_are_reported() {
        for (line, expected) in [
            ("--config", "needs the path"),
            ("--config a --config b", "once"),
            ("--config a --", "needs the program"),
            ("--token x", "unknown argument `--token`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }

    #[test]
    fn help_has_every_setting_in_narrow_lines() {
        let help = help();
        for setting in SETTINGS {
            assert!(help.contains(setting.variable), "{}", setting.key);
        }
        let longest = help.lines().map(str::len).max();
        assert!(longest <= Some(84), "{longest:?}");
    }
}
