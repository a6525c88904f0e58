//! The error of an environment variable about proxies.

use super::error::{ProxyError, ProxyErrorKind};
use std::{
    error::Error,
    fmt::{Display, Formatter, Result as FmtResult, Write as _},
};

/// The longest name of a host that is shown, as in DNS.
const MAX_SHOWN_HOST: usize = 253;

/// The value of an environment variable about proxies can't be used (configuration).
///
/// The message names the variable. It shows the host of a proxy's URL, but neither credentials nor a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProxyEnvError {
    variable: &'static str,
    kind: ProxyEnvErrorKind,
    /// The part of the value that is wrong, without secrets.
    shown: Option<Box<str>>,
    source: Option<ProxyError>,
}

/// The reason why the value of an environment variable can't be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ProxyEnvErrorKind {
    /// The value is not Unicode.
    NotUnicode,
    /// The value is not the URL of a proxy, for this reason.
    Proxy(ProxyErrorKind),
    /// An entry of `no_proxy` is not a host, an address or a network.
    NoProxyEntry,
}

impl ProxyEnvError {
    pub(super) const fn new(variable: &'static str, kind: ProxyEnvErrorKind) -> Self {
        Self {
            variable,
            kind,
            shown: None,
            source: None,
        }
    }

    pub(super) fn url(variable: &'static str, url: &str, source: ProxyError) -> Self {
        Self {
            shown: Some(redacted(url).into_boxed_str()),
            source: Some(source),
            ..Self::new(variable, ProxyEnvErrorKind::Proxy(source.kind()))
        }
    }

    pub(super) fn entry(variable: &'static str, value: &str, entry: &str) -> Self {
        // With an `@`, the value may be a URL with credentials in the wrong variable.
        let shown = (!value.contains('@')).then(|| {
            let entry: String = entry.chars().take(MAX_SHOWN_HOST).collect();
            entry.escape_debug().to_string().into_boxed_str()
        });
        Self {
            shown,
            ..Self::new(variable, ProxyEnvErrorKind::NoProxyEntry)
        }
    }

    /// Returns the name of the variable.
    #[must_use]
    pub const fn variable(&self) -> &'static str {
        self.variable
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> ProxyEnvErrorKind {
        self.kind
    }
}

impl Display for ProxyEnvError {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "the environment variable {} ", self.variable)?;
        match self.kind {
            ProxyEnvErrorKind::NotUnicode => f.write_str("is not unicode")?,
            ProxyEnvErrorKind::Proxy(_) => f.write_str("is not the url of a usable proxy")?,
            ProxyEnvErrorKind::NoProxyEntry => f.write_str(
                "has an entry that is none of a host, an address and a network such as 10.0.0.0/8",
            )?,
        }
        if let Some(shown) = &self.shown {
            write!(f, " ({shown})")?;
        }
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => f.write_str("; correct or unset it"),
        }
    }
}

impl Error for ProxyEnvError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

/// Returns the scheme, the host and the port of what may be a URL. What may be a part of the credentials is
/// replaced, also if they are not encoded as they have to be.
fn redacted(url: &str) -> String {
    let mut shown = String::new();
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, url),
    };
    if let Some(scheme) = scheme {
        let is_scheme = scheme.len() <= 16
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        shown.push_str(if is_scheme { scheme } else { "***" });
        shown.push_str("://");
    }
    let rest = match rest.rsplit_once('@') {
        Some((_, rest)) => {
            shown.push_str("***@");
            rest
        }
        None => rest,
    };
    let (location, has_path) = match rest.find(['/', '?', '#']) {
        Some(end) => (&rest[..end], true),
        None => (rest, false),
    };
    let (host, port) = match location.find(']').map_or_else(
        || location.find(':'),
        |end| location[end..].find(':').map(|colon| end + colon),
    ) {
        Some(colon) => (&location[..colon], Some(&location[colon + 1..])),
        None => (location, None),
    };
    let is_host = host.len() <= MAX_SHOWN_HOST
        && host.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'[' | b']')
        });
    shown.push_str(if is_host { host } else { "***" });
    if let Some(port) = port {
        // A password without host and `@` stands where a port would.
        let is_port = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
        write!(shown, ":{}", if is_port { port } else { "***" })
            .expect("writes to a string do not fail");
    }
    if has_path {
        shown.push_str("/***");
    }
    shown
}
