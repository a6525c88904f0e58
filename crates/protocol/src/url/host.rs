use super::gateway_url::after_scheme;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a connection is encrypted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encryption {
    Tls,
    None,
}

/// The host of a URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Host {
    /// In lower case, without a dot at the end.
    Name(Box<str>),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Host {
    /// Reads the scheme and the host of a `ws://` or `wss://` URL.
    ///
    /// Returns `None` for everything that different clients might read in different ways, such as credentials, a
    /// backslash or an escape in front of the host: what is checked must be what is connected to.
    pub(super) fn of_url(url: &str) -> Option<(Encryption, Self)> {
        let rest = after_scheme(url)?;
        let encryption = match url.len() - rest.len() {
            5 => Encryption::None,
            _ => Encryption::Tls,
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        Some((encryption, Self::of_authority(authority)?))
    }

    /// Reads the host and the port of a `ws://` or `wss://` URL, as [`of_url`](Self::of_url) does.
    pub(super) fn with_port_of_url(url: &str) -> Option<(Self, u16)> {
        let (encryption, host) = Self::of_url(url)?;
        let authority = after_scheme(url)?.split(['/', '?']).next()?;
        let port = match (split_port(authority).1, encryption) {
            (Some(port), _) => port.parse().ok()?,
            (None, Encryption::None) => 80,
            (None, Encryption::Tls) => 443,
        };
        Some((host, port))
    }

    /// Reads a host with or without a port.
    fn of_authority(authority: &str) -> Option<Self> {
        let (host, port) = split_port(authority);
        if port.is_some_and(|port| port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        Self::parse(host)
    }

    pub(super) fn parse(host: &str) -> Option<Self> {
        if let Some(address) = host.strip_prefix('[') {
            return address.strip_suffix(']')?.parse().ok().map(Self::V6);
        }
        if let Ok(address) = host.parse() {
            return Some(Self::V4(address));
        }
        let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let is_label = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        name.split('.')
            .all(is_label)
            .then(|| Self::Name(name.into_boxed_str()))
    }

    /// Whether it is this domain or a subdomain of it.
    pub(super) fn is_within(&self, domain: &Self) -> bool {
        match (self, domain) {
            (Self::Name(name), Self::Name(domain)) => name
                .strip_suffix(&**domain)
                .is_some_and(|labels| labels.is_empty() || labels.ends_with('.')),
            _ => self == domain,
        }
    }

    /// Whether a connection to it stays on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(_) => self.is_within(&Self::Name("localhost".into())),
            Self::V4(address) => address.is_loopback(),
            Self::V6(address) => address.is_loopback(),
        }
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // The colons in `[::1]` separate no port.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}
