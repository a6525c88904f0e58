//! The error of a failed connection attempt.

use super::socks5_reply;
use gloaming_machine::Severity;
use gloaming_protocol::Excerpt;
use std::{
    error::Error,
    fmt::{Display, Formatter, Result as FmtResult},
    time::Duration,
};

/// An attempt to connect to the gateway failed.
///
/// The message names the host, the party at fault and what to do. It never contains a path, a query or
/// credentials of the URL.
#[derive(Debug)]
pub struct ConnectError {
    kind: ConnectErrorKind,
    endpoint: Option<Box<str>>,
    proxy: Option<Box<str>>,
    /// What to do next, if the cause is known better than the kind says.
    advice: Option<&'static str>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The reason why an attempt to connect failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// The URL is not usable (configuration). Fatal.
    Url,
    /// The host's name has no address, or the lookup failed (network or configuration).
    Resolve,
    /// None of the host's addresses accepted a TCP connection (network or peer).
    Tcp,
    /// The TLS handshake failed (peer or network).
    Tls,
    /// What the server sent is not TLS (configuration or peer): the port may be that of a `ws://` URL.
    ///
    /// Only rustls reports this kind; native-tls reports [`Tls`](Self::Tls) instead.
    NotTls,
    /// The server's certificate is not trusted (peer or configuration).
    ///
    /// Only rustls reports this kind; native-tls reports [`Tls`](Self::Tls) instead.
    Certificate,
    /// The URL is `wss://`, but TLS is not available: no backend is compiled in, or [`Tls::plain`] is
    /// configured (configuration). Fatal.
    ///
    /// [`Tls::plain`]: crate::tls::Tls::plain
    MissingTls,
    /// TLS can't be set up on this machine, for example because it has no root certificates, or because
    /// `SSL_CERT_FILE` names a file that does not exist (configuration). Fatal.
    TlsSetup,
    /// The root certificates of this machine can't be read for now, since it lacks file descriptors or memory
    /// (this machine).
    RootCertificates,
    /// The server answered the WebSocket handshake with this HTTP status instead of 101 (peer).
    Handshake {
        /// The HTTP status.
        status: u16,
    },
    /// The server's answer is not a WebSocket handshake (peer or configuration).
    NotWebSocket,
    /// The proxy's name has no address, or none of its addresses accepted a TCP connection (network or
    /// configuration).
    ///
    /// Errors of proxies are never fatal, not even rejected credentials: proxies restart and change
    /// their configuration, and the shard reconnects as soon as the proxy lets it.
    ProxyUnreachable,
    /// The HTTP proxy answered with this status instead of one from 200 to 299 (proxy). 403 means that
    /// the proxy forbids the host, 502 to 504 that it could not reach the host.
    ProxyStatus {
        /// The HTTP status, never 407.
        status: u16,
    },
    /// The SOCKS5 proxy answered with this reply instead of 0 (proxy).
    ProxyReply {
        /// The reply code of RFC 1928 section 6.
        reply: u8,
    },
    /// The proxy requires credentials and none are configured, or it rejected the configured ones, for
    /// example with HTTP status 407 (configuration).
    ProxyCredentials,
    /// The proxy closed the connection, or its answer does not follow the configured proxy protocol
    /// (configuration or proxy).
    NotProxy,
    /// Connecting exceeded [`Timeouts::connect`](crate::machine::Timeouts::connect) (network or peer).
    Timeout,
    /// A custom [`Connect`](crate::transport::Connect) failed for a reason that has no kind here.
    Other,
}

impl ConnectErrorKind {
    /// Returns whether another attempt can succeed without a change of the configuration.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Url | Self::MissingTls | Self::TlsSetup => Severity::Permanent,
            _ => Severity::Transient,
        }
    }

    /// Returns whether the [severity](Self::severity) is permanent: another attempt can't succeed.
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        matches!(self.severity(), Severity::Permanent)
    }
}

impl ConnectError {
    /// Creates an error of this kind, without host and source.
    #[must_use]
    pub const fn new(kind: ConnectErrorKind) -> Self {
        Self {
            kind,
            endpoint: None,
            proxy: None,
            advice: None,
            retry_after: None,
            source: None,
        }
    }

    /// Sets the host that the message names.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into().into_boxed_str());
        self
    }

    /// Sets the proxy that the message names.
    pub(crate) fn with_proxy(mut self, proxy: impl Display) -> Self {
        self.proxy = Some(proxy.to_string().into_boxed_str());
        self
    }

    /// Sets what the message tells to do next.
    pub(crate) const fn with_advice(mut self, advice: Option<&'static str>) -> Self {
        self.advice = advice;
        self
    }

    /// Sets the source.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Sets how long the server asks to wait before the next attempt.
    ///
    /// The shard does so on the same host, for [`MAX_RETRY_AFTER`](crate::machine::MAX_RETRY_AFTER) at most.
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Returns how long the server asks to wait before the next attempt, if it does: the header `Retry-After` of an
    /// HTTP status 429 or 503.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> ConnectErrorKind {
        self.kind
    }

    /// Returns the host and port, if known.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Returns the URL, without credentials, of the proxy that failed.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    pub(crate) fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// Returns whether another attempt can't succeed without a change of the configuration.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        self.kind.is_fatal()
    }
}

impl Display for ConnectError {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        // READY names the host to resume on.
        let host = Excerpt::new(self.endpoint.as_deref().unwrap_or("the gateway"));
        let proxy = self.proxy.as_deref().unwrap_or("the proxy");
        match self.kind {
            ConnectErrorKind::Url => {
                f.write_str("the url ")?;
                if let Some(origin) = &self.endpoint {
                    write!(f, "{} ", Excerpt::new(origin))?;
                }
                match &self.source {
                    Some(reason) => write!(f, "can't be used: {reason}"),
                    None => f.write_str(
                        "can't be used; configure a ws:// or wss:// url with a host and without \
                         credentials",
                    ),
                }
            }
            ConnectErrorKind::Resolve => write!(
                f,
                "could not resolve {host}; check the name, and the name server of this machine"
            ),
            ConnectErrorKind::Tcp => write!(
                f,
                "could not reach {host}; {}",
                self.advice.unwrap_or(
                    "check the network and firewalls between this machine and the host"
                )
            ),
            ConnectErrorKind::Tls => write!(
                f,
                "the tls handshake with {host} failed; {}",
                self.advice.unwrap_or(
                    "check that the port is one for tls, and proxies between this machine and the host"
                )
            ),
            ConnectErrorKind::NotTls => write!(
                f,
                "{host} does not speak tls; check the port, or use a ws:// url if the server is yours"
            ),
            ConnectErrorKind::Certificate => write!(
                f,
                "the certificate of {host} is not trusted; {}",
                self.advice.unwrap_or(
                    "check the clock and root certificates of this machine, or add the server's root \
                     with `Tls::with_root_certificate`"
                )
            ),
            ConnectErrorKind::MissingTls => write!(
                f,
                "{host} needs tls, and no tls is configured; enable one of the features \
                 rustls-native-roots, rustls-webpki-roots, native-tls and rustls-platform-verifier, \
                 and do not configure `Tls::plain`"
            ),
            // The source says what to do.
            ConnectErrorKind::TlsSetup if self.source.is_some() => {
                f.write_str("tls can't be set up on this machine")
            }
            ConnectErrorKind::TlsSetup => f.write_str(
                "tls can't be set up on this machine; install root certificates, or configure another \
                 tls backend",
            ),
            ConnectErrorKind::RootCertificates => f.write_str(
                "the root certificates of this machine can't be read for now; raise its limit of open \
                 files if this happens often",
            ),
            ConnectErrorKind::Handshake { status } => write!(
                f,
                "{host} rejected the websocket handshake with http status {status}; {}",
                handshake_advice(status)
            )
            .and_then(|()| match self.retry_after {
                Some(wait) => write!(f, "; it asks to wait for {wait:?}"),
                None => Ok(()),
            }),
            ConnectErrorKind::NotWebSocket => write!(
                f,
                "{host} did not answer with a websocket handshake; check that the url is a \
                 gateway's"
            ),
            ConnectErrorKind::ProxyUnreachable => write!(
                f,
                "could not reach {proxy} to connect to {host}; check the proxy's address, and that it \
                 is running"
            ),
            ConnectErrorKind::ProxyStatus { status } => write!(
                f,
                "{proxy} refused to connect to {host} with http status {status}; {}",
                proxy_advice(status)
            ),
            ConnectErrorKind::ProxyReply { reply } => write!(
                f,
                "{proxy} could not connect to {host}, with reply {reply} ({}); ask the proxy's \
                 operator",
                socks5_reply::meaning(reply)
            ),
            ConnectErrorKind::ProxyCredentials => write!(
                f,
                "{proxy} rejected the credentials of this bot; check the configured name and password"
            ),
            ConnectErrorKind::NotProxy => write!(
                f,
                "{proxy} did not answer as a proxy of this kind; check its scheme and port"
            ),
            ConnectErrorKind::Timeout => write!(
                f,
                "connecting to {host} timed out; check the network, or raise the connect timeout"
            ),
            ConnectErrorKind::Other => write!(
                f,
                "the connector could not connect to {host}; its own error, if any, is the source"
            ),
        }
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

const fn handshake_advice(status: u16) -> &'static str {
    match status {
        401 | 403 | 407 => "a proxy in between requires credentials, or this machine is banned",
        404 => "the server has no gateway at this path; check the path and the port of the url",
        429 => "the server rate-limits connections; open fewer at a time",
        500..=599 => "the server is out of order or overloaded; retry later",
        _ => "check that the url is a gateway's",
    }
}

const fn proxy_advice(status: u16) -> &'static str {
    match status {
        403 => "the proxy forbids this host; ask its operator",
        404 | 405 | 501 => "check that it is a proxy and supports CONNECT",
        429 => "the proxy rate-limits connections; open fewer at a time",
        500..=599 => "the proxy could not reach the host, or is out of order",
        _ => "ask the proxy's operator",
    }
}
