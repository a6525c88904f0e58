//! The options of the command line.

use crate::client::Client;

/// What to run, and what to do with the results.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Options {
    pub(crate) clients: Vec<Client>,
    pub(crate) guide: GuideAction,
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
            _ => {
                return Err(format!(
                    "unknown option `{arg}`; the options are --only NAME and --write"
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
    Ok(Options { clients, guide })
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
        let all = |guide| Options {
            clients: Client::ALL.to_vec(),
            guide,
        };
        assert_eq!(parsed("").unwrap(), all(GuideAction::Compare));
        assert_eq!(parsed("--write").unwrap(), all(GuideAction::Write));
        let some = parsed("--only twilight --only discord-py-sharded").unwrap();
        assert_eq!(some.clients, [Client::Twilight, Client::DiscordPySharded]);
        assert_eq!(some.guide, GuideAction::Ignore);
    }

    #[test]
    fn invalid_options_are_errors() {
        for (line, expected) in [
            ("--only", "unknown client ``; the clients are discord-js"),
            ("--only jda", "unknown client `jda`"),
            ("discord-js", "unknown option `discord-js`"),
            ("--write --only eris", "leave out --only"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
