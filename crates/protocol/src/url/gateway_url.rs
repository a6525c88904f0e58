use super::{RedactedUrl, UrlError, UrlErrorKind, host::Host};
use crate::codec::Compression;
use crate::limits::API_VERSION;
use std::fmt::{self, Debug, Display, Formatter};

/// The URL of a gateway connection, complete with the query that asks for version, encoding and
/// compression ([P1](crate::rules#p1)).
///
/// The URL of a proxy may contain a secret. `Debug` and `Display` show scheme, host and port, and omit
/// user name, password, path and query; [`as_str`](Self::as_str) returns the whole URL.
///
/// ```
/// use gloaming_protocol::{Compression, GatewayUrl};
///
/// let url = GatewayUrl::new("wss://gateway.discord.gg", Compression::ZlibStream)?;
/// assert_eq!(
///     url.as_str(),
///     "wss://gateway.discord.gg/?v=10&encoding=json&compress=zlib-stream",
/// );
/// assert_eq!(url.to_string(), "wss://gateway.discord.gg/…");
/// # Ok::<_, gloaming_protocol::UrlError>(())
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct GatewayUrl(Box<str>);

impl GatewayUrl {
    /// Completes `base`, such as the URL from `GET /gateway` ([P2](crate::rules#p2)) or the
    /// `resume_gateway_url` in READY ([P14](crate::rules#p14)), with the query.
    ///
    /// The path and all other query parameters of `base` are kept:
    ///
    /// ```
    /// use gloaming_protocol::{Compression, GatewayUrl};
    ///
    /// assert_eq!(
    ///     GatewayUrl::new("ws://127.0.0.1:7878/cluster?v=9&region=eu", Compression::None)?.as_str(),
    ///     "ws://127.0.0.1:7878/cluster?region=eu&v=10&encoding=json",
    /// );
    /// # Ok::<_, gloaming_protocol::UrlError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if `base` is not a `ws://` or `wss://` URL with a host.
    pub fn new(base: &str, compression: Compression) -> Result<Self, UrlError> {
        Self::check(base).map_err(|kind| UrlError::new(kind, base))?;

        let (location, query) = base.split_once('?').unwrap_or((base, ""));
        let mut url = String::from(location);
        if !after_scheme(location).is_some_and(|rest| rest.contains('/')) {
            url.push('/');
        }
        url.push('?');
        for parameter in query.split('&').filter(|parameter| !is_replaced(parameter)) {
            url.push_str(parameter);
            url.push('&');
        }
        url.push_str("v=");
        url.push_str(&API_VERSION.to_string());
        url.push_str("&encoding=json");
        if let Some(value) = compression.query_value() {
            url.push_str("&compress=");
            url.push_str(value);
        }
        Ok(Self(url.into_boxed_str()))
    }

    /// Checks a text as [`new`](Self::new) does.
    pub(super) fn check(base: &str) -> Result<(), UrlErrorKind> {
        check(base)
    }

    /// Whether another `ws://` or `wss://` URL leads to the same server: its host and port are the same.
    ///
    /// ```
    /// use gloaming_protocol::{Compression, GatewayUrl};
    ///
    /// let main = GatewayUrl::new("wss://gateway.example.com", Compression::None)?;
    /// assert!(main.has_server_of("wss://Gateway.Example.com:443/resume"));
    /// assert!(!main.has_server_of("wss://gateway-2.example.com"));
    /// # Ok::<_, gloaming_protocol::UrlError>(())
    /// ```
    #[must_use]
    pub fn has_server_of(&self, url: &str) -> bool {
        let server = Host::with_port_of_url(&self.0);
        server.is_some() && server == Host::with_port_of_url(url)
    }

    /// The whole URL, to connect to. It may contain a secret: keep it out of logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Debug for GatewayUrl {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&RedactedUrl::new(&self.0), f)
    }
}

impl Display for GatewayUrl {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&RedactedUrl::new(&self.0), f)
    }
}

fn check(base: &str) -> Result<(), UrlErrorKind> {
    let rest = after_scheme(base).ok_or(UrlErrorKind::Scheme)?;
    if base.contains(|c: char| c == '#' || c.is_whitespace() || c.is_control()) {
        return Err(UrlErrorKind::InvalidCharacter);
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.is_empty() || host.starts_with(':') {
        return Err(UrlErrorKind::MissingHost);
    }
    Ok(())
}

pub(super) fn after_scheme(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    ["ws", "wss"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
        .then_some(rest)
}

/// Whether a query parameter is empty or one of those that [`GatewayUrl::new`] sets.
fn is_replaced(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default();
    matches!(name, "" | "v" | "encoding" | "compress")
}

#[cfg(test)]
mod tests {
    use super::{GatewayUrl, UrlErrorKind};
    use crate::Compression::{None, Payload, ZlibStream, ZstdStream};

    #[test]
    fn version_encoding_and_compression_appear_once() {
        let main = "wss://gateway.discord.gg";
        for (base, compression, expected) in [
            (main, None, "wss://gateway.discord.gg/?v=10&encoding=json"),
            (
                main,
                Payload,
                "wss://gateway.discord.gg/?v=10&encoding=json",
            ),
            (
                main,
                ZstdStream,
                "wss://gateway.discord.gg/?v=10&encoding=json&compress=zstd-stream",
            ),
            (
                "wss://gateway-us-east1-b.discord.gg/?v=6&encoding=etf&compress=zlib-stream",
                ZlibStream,
                "wss://gateway-us-east1-b.discord.gg/?v=10&encoding=json&compress=zlib-stream",
            ),
            (
                "ws://user:secret@[::1]:80/a/b/?x=1&&v=10&y&compress=zstd-stream",
                None,
                "ws://user:secret@[::1]:80/a/b/?x=1&y&v=10&encoding=json",
            ),
            ("WS://host?", None, "WS://host/?v=10&encoding=json"),
        ] {
            assert_eq!(
                GatewayUrl::new(base, compression).unwrap().as_str(),
                expected
            );
        }
    }

    #[test]
    fn servers_are_told_apart_by_host_and_port() {
        for (main, url, is_same) in [
            ("wss://a.test", "wss://a.test/", true),
            ("wss://a.test:443/x", "WSS://A.Test./y?z=1", true),
            ("ws://a.test", "ws://a.test:80", true),
            ("ws://[::1]:7", "ws://[0:0:0:0:0:0:0:1]:7", true),
            ("ws://127.0.0.1:7", "ws://127.0.0.1:7/?v=10", true),
            ("wss://a.test", "ws://a.test", false),
            ("wss://a.test", "wss://a.test:8443", false),
            ("wss://a.test", "wss://b.a.test", false),
            ("ws://127.0.0.1:7", "ws://localhost:7", false),
            ("ws://a.test:7", "ws://a.test:70000", false),
            ("ws://a.test", "http://a.test", false),
            ("ws://a_b@c", "ws://a_b@c", false),
        ] {
            let url_of_main = GatewayUrl::new(main, None).unwrap();
            assert_eq!(url_of_main.has_server_of(url), is_same, "{main} {url}");
        }
    }

    #[test]
    fn a_complete_url_stays_the_same() {
        let once = GatewayUrl::new("ws://host/path?k=v", ZlibStream).unwrap();
        assert_eq!(GatewayUrl::new(once.as_str(), ZlibStream).unwrap(), once);
    }

    #[test]
    fn debug_and_display_show_the_origin_only() {
        let url = GatewayUrl::new("ws://me:secret@[::1]:80/secret?key=secret", None).unwrap();
        assert_eq!(url.to_string(), "ws://[::1]:80/…");
        assert_eq!(
            format!("{url:?} {url:#?}"),
            r#""ws://[::1]:80/…" "ws://[::1]:80/…""#
        );
    }

    #[test]
    fn an_error_omits_what_may_be_a_secret() {
        let error = GatewayUrl::new("wss://secret host", None).unwrap_err();
        let shown = format!("{error:?}");
        assert_eq!(shown, "UrlError { kind: InvalidCharacter, .. }");
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn other_urls_are_rejected() {
        for (base, kind) in [
            ("", UrlErrorKind::Scheme),
            ("gateway.discord.gg", UrlErrorKind::Scheme),
            ("https://gateway.discord.gg", UrlErrorKind::Scheme),
            ("wss:gateway.discord.gg", UrlErrorKind::Scheme),
            ("wss://", UrlErrorKind::MissingHost),
            ("wss:///path", UrlErrorKind::MissingHost),
            ("wss://?v=10", UrlErrorKind::MissingHost),
            ("wss://:443", UrlErrorKind::MissingHost),
            ("wss://user@", UrlErrorKind::MissingHost),
            ("wss://host/#top", UrlErrorKind::InvalidCharacter),
            ("wss://ho st", UrlErrorKind::InvalidCharacter),
            ("wss://host/\r\nX: y", UrlErrorKind::InvalidCharacter),
        ] {
            let error = GatewayUrl::new(base, None).unwrap_err();
            assert_eq!((error.kind(), error.url()), (kind, base));
        }
    }
}
