//! The options of the command line.

use std::path::PathBuf;

use crate::client::Client;

/// What to do.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Options {
    /// Run clients, and look at what they do.
    Run {
        clients: Vec<Client>,
        guide: GuideAction,
    },
    /// Measure what receiving costs, and write it to this file.
    Cost(PathBuf),
}

/// What to do with the table of the guide.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GuideAction {
    Write,
    /// Say whether it has other results.
    Compare,
    /// Nothing, since not all clients run.
    Ignore,
}

pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut args = args.into_iter();
    let mut clients = Vec::new();
    let mut guide = GuideAction::Compare;
    while let Some(arg) = args.next() {
        match &*arg {
            "--only" => clients.push(client(&args.next().unwrap_or_default())?),
            "--write" => guide = GuideAction::Write,
            "--cost" => {
                let file = args.next().ok_or("--cost needs a file")?;
                return match args.next() {
                    None if clients.is_empty() && guide == GuideAction::Compare => {
                        Ok(Options::Cost(file.into()))
                    }
                    _ => Err("--cost FILE is used without other options".to_owned()),
                };
            }
            _ => {
                return Err(format!(
                    "unknown option `{arg}`; the options are --only NAME, --write and --cost FILE"
                ));
            }
        }
    }
    match (clients.is_empty(), guide) {
        (true, _) => clients.extend(Client::ALL),
        (false, GuideAction::Write) => {
            return Err("--write needs the results of all clients; leave out --only".to_owned());
        }
        (false, _) => guide = GuideAction::Ignore,
    }
    Ok(Options::Run { clients, guide })
}

fn client(name: &str) -> Result<Client, String> {
    let client = Client::ALL.into_iter().find(|client| client.name() == name);
    client.ok_or_else(|| {
        let names = Client::ALL.map(Client::name).join(", ");
        format!("unknown client `{name}`; the clients are {names}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn default_is_all_clients() {
        let all = |guide| Options::Run {
            clients: Client::ALL.to_vec(),
            guide,
        };
        assert_eq!(parsed("").unwrap(), all(GuideAction::Compare));
        assert_eq!(parsed("--write").unwrap(), all(GuideAction::Write));
        let some = Options::Run {
            clients: vec![Client::Twilight, Client::DiscordPySharded],
            guide: GuideAction::Ignore,
        };
        let line = "--only twilight --only discord-py-sharded";
        assert_eq!(parsed(line).unwrap(), some);
        let cost = Options::Cost("peers.json".into());
        assert_eq!(parsed("--cost peers.json").unwrap(), cost);
    }

    #[test]
    fn invalid_options_are_errors() {
        for (line, expected) in [
            ("--only", "unknown client ``; the clients are discord-js"),
            ("--only jda", "unknown client `jda`"),
            ("discord-js", "unknown option `discord-js`"),
            ("--write --only eris", "leave out --only"),
            ("--cost", "needs a file"),
            ("--write --cost peers.json", "without other options"),
            ("--cost peers.json --only eris", "without other options"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
