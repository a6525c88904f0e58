//! The address of a server, without the credentials in it.

use crate::{config::Credentials, secret::Secret};
use std::fmt::{self, Debug, Display, Formatter};

/// The port if the address has none.
const PORT: u16 = 6379;

/// Where a server is. It has no credentials, so that logs and errors may show it.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Address {
    pub(crate) transport: Transport,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The number of the database.
    pub(crate) database: u32,
}

/// What the bytes of a connection go through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Transport {
    Plain,
    Tls,
}

impl Address {
    /// Reads `redis://user:password@host:6379/0`, and takes the credentials out of it. The error does not repeat the text.
    pub(crate) fn parse(text: &str) -> Result<(Self, Option<Credentials>), &'static str> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(NO_SCHEME)?;
        let transport = match scheme {
            "redis" | "valkey" => Transport::Plain,
            "rediss" | "valkeys" => Transport::Tls,
            _ => return Err(NO_SCHEME),
        };
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let (server, database) = rest.split_once('/').unwrap_or((rest, ""));
        let database = match database {
            "" => 0,
            number => number.parse().map_err(|_| NO_DATABASE)?,
        };
        let (host, port) = split_port(server)?;
        let is_wrong = |c: char| "/?#@[]".contains(c) || c.is_whitespace();
        if host.is_empty() || host.contains(is_wrong) {
            return Err(NO_HOST);
        }
        let credentials = user.map(read_credentials).transpose()?;
        let address = Self {
            transport,
            host: host.to_owned(),
            port,
            database,
        };
        Ok((address, credentials))
    }

    /// Returns the address of the server of a cluster to which one of its servers refers, such as `10.0.0.2:6379`.
    pub(crate) fn referred(&self, server: &str) -> Option<Self> {
        let (host, port) = server.rsplit_once(':')?;
        // A server that does not know its own host leaves it out.
        let host = match host {
            "" | "?" => &self.host,
            host => host,
        };
        Some(Self {
            host: host.to_owned(),
            port: port.parse().ok()?,
            ..self.clone()
        })
    }
}

const NO_SCHEME: &str = "its scheme is neither `redis://` nor `rediss://`";
const NO_HOST: &str = "a host with an optional port has to follow the scheme";
const NO_DATABASE: &str = "what follows the `/` has to be the number of a database";

/// Separates the port. An IPv6 address is in brackets.
fn split_port(server: &str) -> Result<(&str, u16), &'static str> {
    let (host, port) = match server.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(NO_HOST)?;
            match port {
                "" => (host, None),
                port => (host, Some(port.strip_prefix(':').ok_or(NO_HOST)?)),
            }
        }
        None => match server.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (server, None),
        },
    };
    let port = port.map_or(Ok(PORT), |port| port.parse().map_err(|_| NO_HOST))?;
    Ok((host, port))
}

/// Reads `user:password`, `:password` or `user`, as other clients of Redis do.
fn read_credentials(text: &str) -> Result<Credentials, &'static str> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let user = decode(user)?;
    Ok(Credentials {
        user: (!user.is_empty()).then(|| Secret::new(user)),
        password: Secret::new(decode(password)?),
    })
}

/// Decodes `%3A` and alike.
fn decode(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "its user or password has a `%` that no two hexadecimal digits follow";
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or(WRONG)?;
        let value = u8::from_str_radix(digits, 16).map_err(|_| WRONG)?;
        bytes.push(value);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| "its user or password is no UTF-8")
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let scheme = match self.transport {
            Transport::Plain => "redis",
            Transport::Tls => "rediss",
        };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port)?,
            false => write!(f, "{scheme}://{}:{}", self.host, self.port)?,
        }
        match self.database {
            0 => Ok(()),
            database => write!(f, "/{database}"),
        }
    }
}

impl Debug for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (String, Option<Credentials>) {
        let (address, credentials) = Address::parse(text).unwrap();
        (address.to_string(), credentials)
    }

    #[test]
    fn credentials_are_no_part_of_the_address() {
        let (address, credentials) = parse("rediss://bot:p%40ss%3a@one:7000/3");
        assert_eq!(address, "rediss://one:7000/3");
        let credentials = credentials.unwrap();
        assert_eq!(credentials.user.unwrap().expose(), "bot");
        assert_eq!(credentials.password.expose(), "p@ss:");
        let (address, credentials) = parse("redis://:pass@host");
        assert_eq!(address, "redis://host:6379");
        let credentials = credentials.unwrap();
        assert_eq!(credentials.user, None);
        assert_eq!(credentials.password.expose(), "pass");
        assert_eq!(parse("valkey://[::1]:7/").0, "redis://[::1]:7");
        assert_eq!(parse("redis://[::1]").0, "redis://[::1]:6379");
    }

    #[test]
    fn errors_do_not_repeat_what_may_be_secret() {
        for wrong in [
            "",
            "host:6379",
            "redis://",
            "https://secret@host",
            "redis://secret@",
            "redis://secret@a b",
            "redis://host:secret",
            "redis://host/secret",
            "redis://[::1",
            "redis://[::1]secret",
            "redis://se%4cret%@host",
            "redis://:%zz@host",
            "redis://:%ff@host",
        ] {
            let error = Address::parse(wrong).unwrap_err();
            assert!(!error.contains("cret"), "{error}");
        }
    }

    #[test]
    fn server_of_a_cluster_refers_to_another() {
        let (address, _) = Address::parse("redis://one:7000").unwrap();
        let referred = |text| address.referred(text).map(|it| it.to_string());
        assert_eq!(referred("two:7001").as_deref(), Some("redis://two:7001"));
        assert_eq!(referred(":7001").as_deref(), Some("redis://one:7001"));
        assert_eq!(
            referred("fe80::1:7001").as_deref(),
            Some("redis://[fe80::1]:7001")
        );
        assert_eq!(referred("two"), None);
        assert_eq!(referred("two:x"), None);
    }
}
