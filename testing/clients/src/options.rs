//! The command line.

use crate::client::Client;

/// Which clients are to be run.
pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Vec<Client>, String> {
    let mut args = args.into_iter();
    let mut clients = Vec::new();
    while let Some(arg) = args.next() {
        if arg != "--only" {
            return Err(format!("unknown option `{arg}`; there is --only NAME"));
        }
        let name = args.next().unwrap_or_default();
        let client = Client::ALL.into_iter().find(|client| client.name() == name);
        clients.push(client.ok_or_else(|| {
            let names = Client::ALL.map(Client::name).join(", ");
            format!("there is no client `{name}`; there are {names}")
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
    fn all_unless_some_are_named() {
        assert_eq!(parsed("").unwrap(), Client::ALL);
        assert_eq!(
            parsed("--only twilight --only discord-py").unwrap(),
            [Client::Twilight, Client::DiscordPy]
        );
    }

    #[test]
    fn mistakes_are_told() {
        for (line, told) in [
            ("--only", "there is no client ``; there are discord-js"),
            ("--only eris", "there is no client `eris`"),
            ("discord-js", "unknown option `discord-js`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(told), "{line}: {error}");
        }
    }
}
