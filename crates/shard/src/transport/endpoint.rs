//! The server that a URL of the gateway or of the API names.

use crate::net::{ConnectError, ConnectErrorKind};
use gloaming_protocol::RedactedUrl;
use std::fmt::{Debug, Display, Formatter, Result as FmtResult};
use tokio_tungstenite::tungstenite::http::{Uri, uri::InvalidUri};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    Plain,
    Secure,
}

impl Scheme {
    pub(crate) const fn needs_tls(self) -> bool {
        matches!(self, Self::Secure)
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Plain => 80,
            Self::Secure => 443,
        }
    }
}

/// Checks a URL as [`Connector`](super::Connector) does before it connects, and returns its scheme.
pub(crate) fn check_url(url: &str) -> Result<Scheme, ConnectError> {
    Endpoint::parse(url).map(|endpoint| endpoint.scheme)
}

/// The names of the two schemes of a protocol.
struct SchemeNames {
    plain: &'static str,
    secure: &'static str,
    /// What is wrong with a URL of another scheme, and with one that has none.
    other: &'static str,
    missing: &'static str,
    example: &'static str,
}

const WEBSOCKET: SchemeNames = SchemeNames {
    plain: "ws",
    secure: "wss",
    other: "the scheme is neither ws:// nor wss://; begin the url with ws:// or wss://",
    missing: "the scheme is missing; begin the url with ws:// or wss://",
    example: "wss://gateway.discord.gg, and may begin with ws:// or wss://",
};

const HTTP: SchemeNames = SchemeNames {
    plain: "http",
    secure: "https",
    other: "the scheme is neither http:// nor https://; begin the url with https://",
    missing: "the scheme is missing; begin the url with https://",
    example: "https://discord.com",
};

/// The parts of a URL that name a server, and the URL itself.
///
/// `Display` shows `host:port` only, since the path and query may contain secrets of a proxy.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Endpoint {
    scheme: Scheme,
    location: HostPort,
    uri: Uri,
}

impl Endpoint {
    /// Parses a `ws://` or `wss://` URL.
    pub(super) fn parse(url: &str) -> Result<Self, ConnectError> {
        Self::parse_with(url, &WEBSOCKET)
    }

    /// Parses an `http://` or `https://` URL.
    pub(crate) fn parse_http(url: &str) -> Result<Self, ConnectError> {
        Self::parse_with(url, &HTTP)
    }

    fn parse_with(url: &str, names: &SchemeNames) -> Result<Self, ConnectError> {
        let unshown = |reason: &str| ConnectError::new(ConnectErrorKind::Url).with_source(reason);
        let fail = |reason| unshown(reason).with_endpoint(RedactedUrl::new(url).to_string());

        // What has no scheme may be anything, such as a token in the wrong place, and is not shown.
        let uri: Uri = url.parse().map_err(|error: InvalidUri| {
            unshown(&format!("{error}; it should look like {}", names.example))
        })?;
        let name = uri.scheme_str().ok_or_else(|| unshown(names.missing))?;
        let scheme = match name {
            _ if name == names.plain => Scheme::Plain,
            _ if name == names.secure => Scheme::Secure,
            _ => return Err(fail(names.other)),
        };
        let authority = uri
            .authority()
            .ok_or_else(|| fail("the host is missing; add it after the scheme"))?;
        if authority.as_str().contains('@') {
            return Err(fail(
                "credentials in the url are not supported; remove what precedes the @",
            ));
        }
        // Sockets and certificates take the address in `[::1]` without brackets.
        let host = authority.host();
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() {
            return Err(fail("the host is empty; add it after the scheme"));
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            // The crate `http` reads a port that is not a number as a missing port.
            None if authority.as_str().len() > authority.host().len() => {
                return Err(fail("the port is not a number from 1 to 65535; correct it"));
            }
            None => scheme.default_port(),
        };

        Ok(Self {
            scheme,
            location: HostPort::new(host, port),
            uri,
        })
    }

    pub(crate) const fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) const fn location(&self) -> &HostPort {
        &self.location
    }

    pub(crate) fn host(&self) -> &str {
        self.location.host()
    }

    pub(crate) const fn uri(&self) -> &Uri {
        &self.uri
    }
}

impl Debug for Endpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        Display::fmt(self, f)
    }
}

impl Display for Endpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        Display::fmt(&self.location, f)
    }
}

/// A name or an address (IPv6 without brackets), and a port.
///
/// `Display` shows `host:port`, with brackets around IPv6 addresses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct HostPort {
    host: Box<str>,
    port: u16,
}

impl HostPort {
    pub(super) fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into().into_boxed_str(),
            port,
        }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Returns whether the host can be sent in a text protocol without being read as anything else.
    pub(super) fn is_sendable(&self) -> bool {
        !self.host.is_empty() && self.host.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

impl Display for HostPort {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, Scheme};
    use crate::net::ConnectErrorKind;

    #[track_caller]
    fn check(url: &str, scheme: Scheme, host: &str, port: u16, shown: &str) {
        let endpoint = Endpoint::parse(url).unwrap();
        assert_eq!(endpoint.scheme(), scheme);
        assert_eq!(endpoint.host(), host);
        assert_eq!(endpoint.location().port(), port);
        assert_eq!(endpoint.to_string(), shown);
        assert!(endpoint.uri().path_and_query().is_some());
    }

    #[test]
    fn names_ports_and_brackets_are_parsed() {
        use Scheme::{Plain, Secure};

        check(
            "wss://gateway.discord.gg/?v=10&encoding=json",
            Secure,
            "gateway.discord.gg",
            443,
            "gateway.discord.gg:443",
        );
        check("ws://localhost", Plain, "localhost", 80, "localhost:80");
        check(
            "ws://127.0.0.1:7878/a?b",
            Plain,
            "127.0.0.1",
            7878,
            "127.0.0.1:7878",
        );
        check("wss://[::1]:8443/", Secure, "::1", 8443, "[::1]:8443");
        check(
            "wss://[2001:db8::7]",
            Secure,
            "2001:db8::7",
            443,
            "[2001:db8::7]:443",
        );
    }

    #[test]
    fn unusable_urls_are_fatal_errors_with_a_reason() {
        for url in [
            "",
            "gateway.discord.gg",
            "/path",
            "https://gateway.discord.gg",
            "wss://",
            "wss:///path",
            "wss://:443/",
            "wss://host:port/",
            "wss://host:99999/",
            "wss://user:secret@host/",
            "wss://host name/",
            "wss://[::1",
            "ws://a\u{0}b/",
        ] {
            let error = Endpoint::parse(url).unwrap_err();
            assert_eq!(error.kind(), ConnectErrorKind::Url, "{url}");
            assert!(error.is_fatal());
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(!source.is_empty());
            assert!(
                !format!("{error} {error:?} {source}").contains("secret"),
                "{url}"
            );
        }
    }
}
