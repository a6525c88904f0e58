//! Addresses of servers, without the credentials in them.

use crate::{config::Credentials, secret::Secret};
use std::fmt::{self, Debug, Display, Formatter};

/// The addresses of the servers of one NATS system. They have no credentials, so that logs and errors may show them.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Servers(Vec<String>);

/// The schemes that are understood.
const SCHEMES: [&str; 2] = ["nats", "tls"];

impl Servers {
    /// Reads one address or several with commas between them, and takes the credentials out of them. The error does not repeat
    /// the text.
    pub(crate) fn parse(text: &str) -> Result<(Self, Option<Credentials>), &'static str> {
        let mut credentials = None;
        let mut servers = Vec::new();
        for address in text.split(',').map(str::trim) {
            let (scheme, rest) = address.split_once("://").unwrap_or(("nats", address));
            if !SCHEMES.contains(&scheme) {
                return Err("its scheme is neither `nats://` nor `tls://`");
            }
            let (user, host) = match rest.rsplit_once('@') {
                Some((user, host)) => (Some(user), host),
                None => (None, rest),
            };
            let host = host.trim_end_matches('/');
            if host.is_empty() || host.contains(|c: char| "/?#@".contains(c) || c.is_whitespace()) {
                return Err("a host with an optional port has to follow the scheme");
            }
            if let (None, Some(user)) = (&credentials, user) {
                credentials = Some(read_credentials(user)?);
            }
            servers.push(format!("{scheme}://{host}"));
        }
        Ok((Self(servers), credentials))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Display for Servers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl Debug for Servers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// Reads `user:password` or a token.
fn read_credentials(text: &str) -> Result<Credentials, &'static str> {
    Ok(match text.split_once(':') {
        Some((user, password)) => Credentials::User {
            user: Secret::new(decode(user)?),
            password: Secret::new(decode(password)?),
        },
        None => Credentials::Token(Secret::new(decode(text)?)),
    })
}

/// Decodes `%3A` and alike.
fn decode(text: &str) -> Result<String, &'static str> {
    const WRONG: &str =
        "its user, password or token has a `%` that no two hexadecimal digits follow";
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or(WRONG)?;
        let value = u8::from_str_radix(digits, 16).map_err(|_| WRONG)?;
        bytes.push(value);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| "its user, password or token is no UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (String, Option<Credentials>) {
        let (servers, credentials) = Servers::parse(text).unwrap();
        (servers.to_string(), credentials)
    }

    #[test]
    fn credentials_are_no_part_of_the_addresses() {
        let (servers, credentials) = parse("nats://bot:p%40ss%3a@one:4222,tls://two:4223/");
        assert_eq!(servers, "nats://one:4222, tls://two:4223");
        let Some(Credentials::User { user, password }) = credentials else {
            panic!("there is a user");
        };
        assert_eq!((user.expose(), password.expose()), ("bot", "p@ss:"));
        let (servers, credentials) = parse("nats://t0ken@host");
        assert_eq!(servers, "nats://host");
        assert!(
            matches!(credentials, Some(Credentials::Token(token)) if token.expose() == "t0ken")
        );
        assert_eq!(parse("localhost:4222").0, "nats://localhost:4222");
    }

    #[test]
    fn errors_do_not_repeat_what_may_be_secret() {
        for wrong in [
            "",
            "nats://",
            "https://secret@host",
            "nats://secret@",
            "nats://secret@a b",
            "nats://se%4cret%@host",
            "nats://%zz@host",
            "nats://%ff@host",
        ] {
            let error = Servers::parse(wrong).unwrap_err();
            assert!(!error.contains("cret"), "{error}");
        }
    }
}
