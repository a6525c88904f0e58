//! Network proxies: servers that relay bytes to a requested host.

mod basic_credentials;
mod credentials;
mod env_error;
mod error;
mod http_connect;
mod no_proxy;
mod refusal;
mod selector;
mod socks5;
mod url;

pub use self::{
    env_error::{ProxyEnvError, ProxyEnvErrorKind},
    error::{ProxyError, ProxyErrorKind},
    selector::ProxySelector,
};

use self::credentials::Credentials;
use super::{dial::dial, endpoint::HostPort, read_ahead::ReadAhead};
use crate::{
    net::{ByteStream, ConnectError, ConnectErrorKind},
    tls::Tls,
};
use gloaming_protocol::Excerpt;
use std::fmt::{Debug, Display, Formatter, Result as FmtResult};

/// A network proxy, HTTP CONNECT or SOCKS5, to connect through.
///
/// The proxy relays bytes. TLS to the gateway is end to end, so the proxy sees neither the token nor any
/// event; with a `ws://` URL it sees everything. Pass it to [`ConfigBuilder::network_proxy`] or
/// [`Connector::with_proxy`]: all connections, also those to resume hosts, then use it. To use the proxy that
/// environment variables name, pass a [`ProxySelector`]. This is not the gateway proxy of [`ConfigBuilder::proxy_url`], a program that speaks the gateway's protocol in place of
/// Discord.
///
/// The proxy resolves the gateway's name, never this machine. Only an address in the gateway's URL is sent
/// as an address.
///
/// | URL | protocol | default port |
/// |---|---|---|
/// | `http://` | HTTP CONNECT (RFC 9110) | 80 |
/// | `https://` | HTTP CONNECT, inside of TLS to the proxy | 443 |
/// | `socks5h://`, `socks5://` | SOCKS5 (RFC 1928) | 1080 |
///
/// `socks5://` and `socks5h://` are equivalent. (Other programs resolve names on the local machine with the
/// former, which discloses the destination to its name server.)
///
/// The URL may contain a name and a password; percent-encode `:`, `/`, `@` and `%` in them. HTTP sends them
/// as Basic credentials, SOCKS5 as described in RFC 1929: in clear text unless TLS protects the connection
/// to the proxy. No `Debug`, `Display`, error or log shows them.
///
/// ```
/// use gloaming_shard::{ConfigBuilder, Intents, transport::Proxy};
///
/// let proxy = Proxy::parse("socks5h://bot:p%40ss@proxy.internal")?;
/// assert_eq!(proxy.to_string(), "socks5h://proxy.internal:1080");
///
/// let config = ConfigBuilder::new("my-token".to_owned(), Intents::GUILDS)
///     .network_proxy(proxy)
///     .build();
/// # drop(config);
/// # Ok::<_, gloaming_shard::transport::ProxyError>(())
/// ```
///
/// [`ConfigBuilder::network_proxy`]: crate::ConfigBuilder::network_proxy
/// [`ConfigBuilder::proxy_url`]: crate::ConfigBuilder::proxy_url
/// [`Connector::with_proxy`]: super::Connector::with_proxy
#[derive(Clone, Eq, PartialEq)]
pub struct Proxy {
    protocol: Protocol,
    address: HostPort,
    credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Protocol {
    Http,
    Https,
    Socks5,
}

impl Proxy {
    /// Creates an HTTP proxy that supports the method CONNECT.
    ///
    /// `host` is a name or an address (IPv6 without brackets).
    #[must_use]
    pub fn http_connect(host: impl Into<String>, port: u16) -> Self {
        Self::new(Protocol::Http, host, port)
    }

    /// Creates an HTTP proxy that is reached over the TLS of the [`Connector`](super::Connector).
    ///
    /// `host` is a name or an address (IPv6 without brackets).
    #[must_use]
    pub fn https_connect(host: impl Into<String>, port: u16) -> Self {
        Self::new(Protocol::Https, host, port)
    }

    /// Creates a SOCKS5 proxy.
    ///
    /// `host` is a name or an address (IPv6 without brackets).
    #[must_use]
    pub fn socks5(host: impl Into<String>, port: u16) -> Self {
        Self::new(Protocol::Socks5, host, port)
    }

    /// Sets the name and password for a proxy that requires them.
    ///
    /// # Errors
    ///
    /// Returns [`ProxyErrorKind::Credentials`] if the protocol can't send them: SOCKS5 accepts 1 to 255
    /// bytes for each, HTTP a name without colon, and neither may contain control characters with HTTP.
    pub fn with_credentials(self, name: &str, password: &str) -> Result<Self, ProxyError> {
        self.with_raw_credentials(name.as_bytes(), password.as_bytes())
    }

    /// Requests a connection to `host` (IPv6 without brackets) from the proxy at the other end of `stream`,
    /// and returns the connection.
    ///
    /// For use in a custom [`Connect`](super::Connect). If the proxy requires TLS, `stream` must already be
    /// encrypted. Responses are limited to 16 KiB, and bytes that follow them are kept. The handshake has no
    /// timeout of its own; dropping the future drops the stream.
    ///
    /// # Errors
    ///
    /// Returns [`ConnectErrorKind::ProxyStatus`], [`ProxyReply`](ConnectErrorKind::ProxyReply),
    /// [`ProxyCredentials`](ConnectErrorKind::ProxyCredentials),
    /// [`NotProxy`](ConnectErrorKind::NotProxy), or [`Url`](ConnectErrorKind::Url) if the protocol can't
    /// send the host.
    pub async fn handshake(
        &self,
        stream: impl ByteStream + 'static,
        host: &str,
        port: u16,
    ) -> Result<Box<dyn ByteStream>, ConnectError> {
        let target = HostPort::new(host, port);
        let stream = self.request_connection(Box::new(stream), &target).await?;
        Ok(Box::new(stream))
    }

    /// Connects to `target` through this proxy.
    pub(super) async fn dial(
        &self,
        tls: &Tls,
        target: &HostPort,
    ) -> Result<ReadAhead<Box<dyn ByteStream>>, ConnectError> {
        tracing::debug!(
            proxy = %self,
            target = %Excerpt::new(&target.to_string()),
            "connecting through a proxy"
        );
        if self.protocol == Protocol::Https && tls.is_plain() {
            return Err(ConnectError::new(ConnectErrorKind::MissingTls)
                .with_endpoint(self.address.to_string()));
        }
        let tcp = dial(&self.address).await.map_err(|error| {
            self.error(ConnectErrorKind::ProxyUnreachable, target)
                .with_source(error)
        })?;
        let stream: Box<dyn ByteStream> = match self.protocol {
            Protocol::Http | Protocol::Socks5 => Box::new(tcp),
            Protocol::Https => tls
                .handshake(self.address.host(), tcp)
                .await
                .map_err(|error| error.with_endpoint(self.address.to_string()))?,
        };
        self.request_connection(stream, target).await
    }

    async fn request_connection(
        &self,
        mut stream: Box<dyn ByteStream>,
        target: &HostPort,
    ) -> Result<ReadAhead<Box<dyn ByteStream>>, ConnectError> {
        let credentials = self.credentials.as_ref();
        let result = match self.protocol {
            Protocol::Http | Protocol::Https => {
                http_connect::connect(&mut *stream, target, credentials).await
            }
            Protocol::Socks5 => socks5::connect(&mut *stream, target, credentials)
                .await
                .map(|()| bytes::BytesMut::new()),
        };
        match result {
            Ok(ahead) => Ok(ReadAhead::with_bytes(stream, ahead)),
            Err(refusal) => Err(refusal.0.with_endpoint(target.to_string()).with_proxy(self)),
        }
    }

    fn new(protocol: Protocol, host: impl Into<String>, port: u16) -> Self {
        Self {
            protocol,
            address: HostPort::new(host, port),
            credentials: None,
        }
    }

    fn with_raw_credentials(mut self, name: &[u8], password: &[u8]) -> Result<Self, ProxyError> {
        let can_encode = match self.protocol {
            Protocol::Http | Protocol::Https => basic_credentials::can_encode(name, password),
            Protocol::Socks5 => socks5::can_encode(name, password),
        };
        if !can_encode {
            return Err(ProxyError::new(ProxyErrorKind::Credentials));
        }
        self.credentials = Some(Credentials {
            name: name.into(),
            password: password.into(),
        });
        Ok(self)
    }

    fn error(&self, kind: ConnectErrorKind, target: &HostPort) -> ConnectError {
        ConnectError::new(kind)
            .with_endpoint(target.to_string())
            .with_proxy(self)
    }
}

/// Shows the proxy as a URL without credentials.
impl Display for Proxy {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let scheme = match self.protocol {
            Protocol::Http => "http",
            Protocol::Https => "https",
            Protocol::Socks5 => "socks5h",
        };
        write!(f, "{scheme}://{}", self.address)
    }
}

impl Debug for Proxy {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let credentials = match self.credentials {
            Some(_) => ", with credentials",
            None => "",
        };
        write!(f, "Proxy({self}{credentials})")
    }
}
