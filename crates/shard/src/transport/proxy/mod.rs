//! Network proxies: servers that carry bytes to where they are asked to.

mod basic;
mod error;
mod http_connect;
mod refusal;
mod socks5;
mod url;

pub use self::error::{ProxyError, ProxyErrorKind};
pub(super) use self::socks5::meaning as socks5_reply_meaning;

use super::{
    ByteStream, ConnectError, ConnectErrorKind, dial::dial, endpoint::HostPort,
    read_ahead::ReadAhead,
};
use crate::tls::Tls;
use std::{
    fmt::{Debug, Display, Formatter, Result as FmtResult},
    str::FromStr,
};

/// A network proxy to go through: HTTP CONNECT or SOCKS5.
///
/// It carries bytes and knows nothing of gateways. TLS to the gateway goes through it from end to end,
/// so it sees neither the token nor any event (with a `ws://` URL it sees all). Hand it to
/// [`ConfigBuilder::network_proxy`] or [`Connector::with_proxy`]; every connection then goes through it, those
/// to resume hosts too. What is something else: [`ConfigBuilder::proxy_url`] names a program that speaks
/// the gateway's own protocol in Discord's place.
///
/// The gateway's name is looked up by the proxy, never on this machine; only an address in the URL goes
/// out as an address.
///
/// | URL | what is spoken | port, if none is named |
/// |---|---|---|
/// | `http://` | HTTP CONNECT (RFC 9110) | 80 |
/// | `https://` | HTTP CONNECT, inside of TLS to the proxy | 443 |
/// | `socks5h://`, `socks5://` | SOCKS5 (RFC 1928) | 1080 |
///
/// `socks5://` and `socks5h://` are the same here. (To some programs the former means to look names up
/// on one's own machine first, which tells its name server where the bot connects to.)
///
/// A name and a password may stand in the URL, percent-encoded where they hold `:`, `/`, `@` or `%`. HTTP
/// sends them as Basic, SOCKS5 as RFC 1929 says: without TLS to the proxy, both in clear text. They show
/// in no `Debug`, `Display`, error or log.
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

#[derive(Clone, Eq, PartialEq)]
struct Credentials {
    name: Box<[u8]>,
    password: Box<[u8]>,
}

impl Proxy {
    /// What the URL says.
    ///
    /// # Errors
    ///
    /// See [`ProxyErrorKind`]. The error does not show the URL.
    pub fn parse(url: &str) -> Result<Self, ProxyError> {
        url::parse(url)
    }

    /// An HTTP proxy that knows the method CONNECT.
    ///
    /// `host` is a name or an address (IPv6 with no brackets).
    #[must_use]
    pub fn http_connect(host: impl Into<String>, port: u16) -> Self {
        Self::new(Protocol::Http, host, port)
    }

    /// An HTTP proxy that is itself reached over TLS, the one of the [`Connector`](super::Connector).
    ///
    /// `host` is a name or an address (IPv6 with no brackets).
    #[must_use]
    pub fn https_connect(host: impl Into<String>, port: u16) -> Self {
        Self::new(Protocol::Https, host, port)
    }

    /// A SOCKS5 proxy.
    ///
    /// `host` is a name or an address (IPv6 with no brackets).
    #[must_use]
    pub fn socks5(host: impl Into<String>, port: u16) -> Self {
        Self::new(Protocol::Socks5, host, port)
    }

    /// Says who we are, if the proxy asks.
    ///
    /// # Errors
    ///
    /// [`ProxyErrorKind::Credentials`] if the protocol has no way to say that: SOCKS5 takes 1 to 255
    /// bytes for each, HTTP a name with no colon and neither with control characters.
    pub fn with_credentials(self, name: &str, password: &str) -> Result<Self, ProxyError> {
        self.with_raw_credentials(name.as_bytes(), password.as_bytes())
    }

    /// Asks the proxy at the other end of `stream` to connect to `host` (IPv6 with no brackets), and
    /// gives the connection that comes of it.
    ///
    /// For a [`Connect`](super::Connect) of your own. The stream brings its own TLS, if there is TLS to
    /// the proxy. Answers are read up to a bound of 16 KiB and not a byte of what follows them is lost;
    /// dropping the future drops the stream. There is no bound on the time it takes.
    ///
    /// # Errors
    ///
    /// [`ConnectErrorKind::ProxyStatus`], [`ProxyReply`](ConnectErrorKind::ProxyReply),
    /// [`ProxyCredentials`](ConnectErrorKind::ProxyCredentials),
    /// [`NotProxy`](ConnectErrorKind::NotProxy), or [`Url`](ConnectErrorKind::Url) if no proxy could be
    /// asked for this host.
    pub async fn handshake(
        &self,
        stream: impl ByteStream + 'static,
        host: &str,
        port: u16,
    ) -> Result<Box<dyn ByteStream>, ConnectError> {
        let target = HostPort::new(host, port);
        let stream = self.ask(Box::new(stream), &target).await?;
        Ok(Box::new(stream))
    }

    /// Connects to `target` by way of this proxy.
    pub(super) async fn dial(
        &self,
        tls: &Tls,
        target: &HostPort,
    ) -> Result<ReadAhead<Box<dyn ByteStream>>, ConnectError> {
        tracing::debug!(proxy = %self, %target, "connecting by way of a proxy");
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
        self.ask(stream, target).await
    }

    async fn ask(
        &self,
        mut stream: Box<dyn ByteStream>,
        target: &HostPort,
    ) -> Result<ReadAhead<Box<dyn ByteStream>>, ConnectError> {
        let credentials = self.credentials.as_ref();
        let answer = match self.protocol {
            Protocol::Http | Protocol::Https => {
                http_connect::ask(&mut *stream, target, credentials).await
            }
            Protocol::Socks5 => socks5::ask(&mut *stream, target, credentials)
                .await
                .map(|()| bytes::BytesMut::new()),
        };
        match answer {
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
        let sendable = match self.protocol {
            Protocol::Http | Protocol::Https => basic::can_hold(name, password),
            Protocol::Socks5 => socks5::can_hold(name, password),
        };
        if !sendable {
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

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(url: &str) -> Result<Self, ProxyError> {
        Self::parse(url)
    }
}

/// As a URL, without credentials.
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
