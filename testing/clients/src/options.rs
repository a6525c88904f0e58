//! The options of the command line.

use crate::client::Client;

/// Returns the clients to run.
pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Vec<Client>, String> {
    let mut args = args.into_iter();
    let mut clients = Vec::new();
    while let Some(arg) = args.next() {
        if arg != "--only" {
            return Err(format!("unknown option `{arg}`; the option is --only NAME"));
        }
        let name = args.next().unwrap_or_default();
        let client = Client::ALL.into_iter().find(|client| client.name() == name);
        clients.push(client.ok_or_else(|| {
            let names = Client::ALL.map(Client::name).join(", ");
            format!("unknown client `{name}`; the clients are {names}")
        })?);
    }
    if clients.is_empty() {
        clients.extend(Client::ALL);
    }
    Ok(clients)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Vec<Client>, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn default_is_all_clients() {
        assert_eq!(parsed("").unwrap(), Client::ALL);
        assert_eq!(
            parsed("--only twilight --only discord-py").unwrap(),
            [Client::Twilight, Client::DiscordPy]
        );
    }

    #[test]
    fn invalid_options_are_errors() {
        for (line, expected) in [
            ("--only", "unknown client ``; the clients are discord-js"),
            ("--only serenity", "unknown client `serenity`"),
            ("discord-js", "unknown option `discord-js`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
