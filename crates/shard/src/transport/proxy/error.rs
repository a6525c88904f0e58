//! The error of an unusable proxy description.

use std::{
    error::Error,
    fmt::{Display, Formatter, Result as FmtResult},
};

/// A proxy URL, or a proxy's credentials, are not usable (configuration).
///
/// The message does not contain the URL or the credentials.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProxyError {
    kind: ProxyErrorKind,
}

/// The reason why a proxy description is not usable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ProxyErrorKind {
    /// The text is not a URL.
    Url,
    /// The scheme is none of `http://`, `https://`, `socks5://` and `socks5h://`.
    Scheme,
    /// The host is missing.
    MissingHost,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The URL has a path or a query, which proxies do not use.
    Path,
    /// The protocol can't send the name or the password, or the percent-encoding is invalid.
    Credentials,
}

impl ProxyError {
    pub(super) const fn new(kind: ProxyErrorKind) -> Self {
        Self { kind }
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> ProxyErrorKind {
        self.kind
    }
}

impl Display for ProxyError {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(match self.kind {
            ProxyErrorKind::Url => {
                "the proxy url is not a url; write it like http://user:password@host:port"
            }
            ProxyErrorKind::Scheme => {
                "the scheme of the proxy url is not supported; use http://, https://, socks5:// or \
                 socks5h://"
            }
            ProxyErrorKind::MissingHost => "the proxy url has no host; add one",
            ProxyErrorKind::Port => "the port of the proxy url is not a number from 1 to 65535; correct it",
            ProxyErrorKind::Path => "the proxy url has a path or a query; remove them",
            ProxyErrorKind::Credentials => {
                "the proxy protocol can't send this name and password; use 1 to 255 bytes each with \
                 socks5, no colon in the name and no control characters with http, and \
                 percent-encoding in a url"
            }
        })
    }
}

impl Error for ProxyError {}
