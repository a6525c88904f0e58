//! What can go wrong while connecting.

use super::proxy::{Proxy, socks5_reply_meaning};
use std::{
    error::Error,
    fmt::{Display, Formatter, Result as FmtResult},
};

/// Connecting to the gateway failed.
///
/// The message names the host, says what is wrong and what to do about it. It never holds a path, a
/// query or credentials from the URL.
#[derive(Debug)]
pub struct ConnectError {
    kind: ConnectErrorKind,
    endpoint: Option<Box<str>>,
    proxy: Option<Box<str>>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong while connecting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// The URL can't be used. Fatal.
    Url,
    /// The host's name has no address, or could not be looked up.
    Resolve,
    /// None of the host's addresses accepted a connection.
    Tcp,
    /// The TLS handshake failed.
    Tls,
    /// The server's certificate is not trusted.
    ///
    /// Only rustls tells this apart; with native-tls it is a [`Tls`](Self::Tls) error.
    Certificate,
    /// The URL is `wss://`, but there is no TLS: none compiled in, or [`Tls::plain`] was chosen. Fatal.
    ///
    /// [`Tls::plain`]: crate::tls::Tls::plain
    MissingTls,
    /// TLS can't be set up on this machine, for example as it has no root certificates. Fatal.
    TlsSetup,
    /// The server answered the WebSocket handshake with this HTTP status instead of 101.
    Handshake {
        /// The HTTP status.
        status: u16,
    },
    /// The server answered with something that is not a WebSocket handshake.
    NotWebSocket,
    /// The proxy's name has no address, or none of its addresses accepted a connection.
    ///
    /// No failure of a proxy is fatal, wrong credentials neither: proxies are restarted and set up
    /// anew, and a bot should be there again when they are.
    ProxyUnreachable,
    /// The HTTP proxy answered with this status instead of one from 200 to 299. With 403 the proxy
    /// forbids the host; with 502 to 504 it could not reach it.
    ProxyStatus {
        /// The HTTP status, never 407.
        status: u16,
    },
    /// The SOCKS5 proxy answered with this reply instead of 0.
    ProxyReply {
        /// The reply, as in section 6 of RFC 1928.
        reply: u8,
    },
    /// The proxy wants credentials and was given none, or refused those it was given (HTTP status 407).
    ProxyCredentials,
    /// What should be a proxy hung up, or answered with something that no such proxy says.
    NotProxy,
    /// Connecting took longer than it may.
    Timeout,
    /// A [`Connect`](super::Connect) of your own failed in a way of its own.
    Other,
}

impl ConnectErrorKind {
    /// Whether trying again can't help.
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        matches!(self, Self::Url | Self::MissingTls | Self::TlsSetup)
    }
}

impl ConnectError {
    /// An error of this kind.
    #[must_use]
    pub const fn new(kind: ConnectErrorKind) -> Self {
        Self {
            kind,
            endpoint: None,
            proxy: None,
            source: None,
        }
    }

    /// Adds the host, for the message.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into().into_boxed_str());
        self
    }

    /// Adds the proxy that stood on the way, for the message.
    pub(super) fn with_proxy(mut self, proxy: &Proxy) -> Self {
        self.proxy = Some(proxy.to_string().into_boxed_str());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> ConnectErrorKind {
        self.kind
    }

    /// The host, if one is known.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The proxy that failed, as a URL without credentials.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Whether trying again can't help.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        self.kind.is_fatal()
    }
}

impl Display for ConnectError {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let host = self.endpoint.as_deref().unwrap_or("the gateway");
        let proxy = self.proxy.as_deref().unwrap_or("the proxy");
        match self.kind {
            ConnectErrorKind::Url => {
                f.write_str("the gateway url can't be used; it must be ws:// or wss:// with a host")
            }
            ConnectErrorKind::Resolve => write!(
                f,
                "could not resolve {host}; check the name, and this machine's name server"
            ),
            ConnectErrorKind::Tcp => write!(
                f,
                "could not reach {host}; check the network, and any firewall on the way"
            ),
            ConnectErrorKind::Tls => write!(
                f,
                "the tls handshake with {host} failed; check this machine's clock, and any proxy \
                 on the way"
            ),
            ConnectErrorKind::Certificate => write!(
                f,
                "the certificate of {host} is not trusted; check this machine's clock and root \
                 certificates, or add the server's root with `Tls::with_root_certificate`"
            ),
            ConnectErrorKind::MissingTls => write!(
                f,
                "{host} needs tls, and there is none; enable one of the features \
                 rustls-native-roots, rustls-webpki-roots, native-tls and rustls-platform-verifier, \
                 and don't choose `Tls::plain`"
            ),
            ConnectErrorKind::TlsSetup => f.write_str("tls can't be set up on this machine"),
            ConnectErrorKind::Handshake { status } => write!(
                f,
                "{host} refused the websocket handshake with http status {status}{}",
                advice(status)
            ),
            ConnectErrorKind::NotWebSocket => write!(
                f,
                "{host} did not answer with a websocket handshake; check that the url is a \
                 gateway's"
            ),
            ConnectErrorKind::ProxyUnreachable => write!(
                f,
                "could not reach {proxy} on the way to {host}; check its address, and that it runs"
            ),
            ConnectErrorKind::ProxyStatus { status } => write!(
                f,
                "{proxy} refused to connect to {host} with http status {status}{}",
                proxy_advice(status)
            ),
            ConnectErrorKind::ProxyReply { reply } => write!(
                f,
                "{proxy} did not connect to {host}, with reply {reply}: {}; ask whoever runs it",
                socks5_reply_meaning(reply)
            ),
            ConnectErrorKind::ProxyCredentials => write!(
                f,
                "{proxy} does not let this bot through; check the name and password it was given"
            ),
            ConnectErrorKind::NotProxy => write!(
                f,
                "{proxy} did not answer as a proxy of this kind; check its scheme and port"
            ),
            ConnectErrorKind::Timeout => write!(f, "connecting to {host} took too long"),
            ConnectErrorKind::Other => write!(f, "connecting to {host} failed"),
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

const fn advice(status: u16) -> &'static str {
    match status {
        401 | 403 | 407 => "; a proxy on the way wants credentials, or this machine is banned",
        404 => "; check the path of the url",
        426 => "; check that the url is a gateway's",
        429 => "; it wants fewer connections",
        500..=599 => "; it is out of order or overloaded, so other hosts may serve better",
        _ => "; check that the url is a gateway's",
    }
}

const fn proxy_advice(status: u16) -> &'static str {
    match status {
        403 => "; it does not allow this host, so ask whoever runs it",
        404 | 405 | 501 => "; check that it is a proxy and knows CONNECT",
        429 => "; it wants fewer connections",
        500..=599 => "; it could not reach the host, or is out of order",
        _ => "; ask whoever runs it",
    }
}
