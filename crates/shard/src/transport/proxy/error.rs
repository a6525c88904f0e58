//! What can be wrong with how a proxy is described.

use std::{
    error::Error,
    fmt::{Display, Formatter, Result as FmtResult},
};

/// A proxy can't be used as it was described: the fault of whoever configured it.
///
/// The URL and the credentials are not shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProxyError {
    kind: ProxyErrorKind,
}

/// What is wrong with how a proxy was described.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ProxyErrorKind {
    /// The URL is none.
    Url,
    /// The URL starts with none of `http://`, `https://`, `socks5://` and `socks5h://`.
    Scheme,
    /// The URL names no host.
    MissingHost,
    /// The port is no number from 1 to 65535.
    Port,
    /// The URL has a path or a query, which a proxy has no use for.
    Path,
    /// The name or the password can't be sent in this protocol, or the percent-encoding is broken.
    Credentials,
}

impl ProxyError {
    pub(super) const fn new(kind: ProxyErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ProxyErrorKind {
        self.kind
    }
}

impl Display for ProxyError {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(match self.kind {
            ProxyErrorKind::Url => {
                "the proxy's url is none; it should look like http://user:password@host:port"
            }
            ProxyErrorKind::Scheme => {
                "the proxy's url has to start with http://, https://, socks5:// or socks5h://"
            }
            ProxyErrorKind::MissingHost => "the proxy's url has to name a host",
            ProxyErrorKind::Port => "the proxy's port has to be a number from 1 to 65535",
            ProxyErrorKind::Path => "the proxy's url can have no path and no query; leave them out",
            ProxyErrorKind::Credentials => {
                "the proxy's protocol can't send this name and password; socks5 takes 1 to 255 \
                 bytes for each, http no colon in the name and no control characters, and a url \
                 wants them percent-encoded"
            }
        })
    }
}

impl Error for ProxyError {}
