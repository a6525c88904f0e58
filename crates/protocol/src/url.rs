use crate::Compression;
use crate::limits::API_VERSION;
use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};

/// Why a text is no gateway URL.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum UrlErrorKind {
    /// It starts with neither `ws://` nor `wss://`.
    Scheme,
    /// It names no host.
    MissingHost,
    /// It holds a fragment, white space or a control character.
    InvalidCharacter,
}

/// A text that is no gateway URL: the fault of whoever configured or sent it.
///
/// A proxy's URL may hold a secret: neither the message nor `Debug` shows it, [`url`](Self::url) does.
#[derive(Clone, Eq, PartialEq)]
pub struct UrlError {
    kind: UrlErrorKind,
    url: Box<str>,
}

impl UrlError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> UrlErrorKind {
        self.kind
    }

    /// The text that was given.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Display for UrlError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            UrlErrorKind::Scheme => "a gateway url has to start with ws:// or wss://",
            UrlErrorKind::MissingHost => "a gateway url has to name a host",
            UrlErrorKind::InvalidCharacter => {
                "a gateway url can hold no fragment, white space or control character"
            }
        })
    }
}

impl Debug for UrlError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlError")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Error for UrlError {}

/// The URL to connect to: `base` with the version, encoding and compression to ask for (P1).
///
/// The path and all other query parameters of `base` are kept. The same goes for the URL that READY
/// gives for resuming (P14).
///
/// ```
/// use gloaming_protocol::{Compression, gateway_url};
///
/// assert_eq!(
///     gateway_url("wss://gateway.discord.gg", Compression::ZlibStream)?,
///     "wss://gateway.discord.gg/?v=10&encoding=json&compress=zlib-stream",
/// );
/// assert_eq!(
///     gateway_url("ws://127.0.0.1:7878/cluster?v=9&region=eu", Compression::None)?,
///     "ws://127.0.0.1:7878/cluster?region=eu&v=10&encoding=json",
/// );
/// # Ok::<_, gloaming_protocol::UrlError>(())
/// ```
///
/// # Errors
///
/// If `base` is no `ws://` or `wss://` URL with a host.
pub fn gateway_url(base: &str, compression: Compression) -> Result<String, UrlError> {
    check(base).map_err(|kind| UrlError {
        kind,
        url: base.into(),
    })?;

    let (location, query) = base.split_once('?').unwrap_or((base, ""));
    let mut url = String::from(location);
    if !after_scheme(location).is_some_and(|rest| rest.contains('/')) {
        url.push('/');
    }
    url.push('?');
    for parameter in query.split('&').filter(|parameter| !is_ours(parameter)) {
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
    Ok(url)
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

fn after_scheme(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    ["ws", "wss"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
        .then_some(rest)
}

/// Whether a query parameter is one of those set here, or none at all.
fn is_ours(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default();
    matches!(name, "" | "v" | "encoding" | "compress")
}

#[cfg(test)]
mod tests {
    use super::{UrlErrorKind, gateway_url};
    use crate::Compression::{None, Payload, ZlibStream, ZstdStream};

    #[test]
    fn version_encoding_and_compression_stand_once() {
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
            assert_eq!(gateway_url(base, compression).unwrap(), expected);
        }
    }

    #[test]
    fn applying_it_twice_changes_nothing() {
        let once = gateway_url("ws://host/path?k=v", ZlibStream).unwrap();
        assert_eq!(gateway_url(&once, ZlibStream).unwrap(), once);
    }

    #[test]
    fn an_error_shows_what_is_wrong_and_no_url() {
        let error = gateway_url("wss://secret host", None).unwrap_err();
        let shown = format!("{error:?}");
        assert_eq!(shown, "UrlError { kind: InvalidCharacter, .. }");
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn other_urls_are_refused() {
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
            let error = gateway_url(base, None).unwrap_err();
            assert_eq!((error.kind(), error.url()), (kind, base));
        }
    }
}
