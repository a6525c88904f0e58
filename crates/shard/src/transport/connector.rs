//! The default connector: TCP, TLS and WebSocket.

use super::{
    Connect, DEFAULT_MAX_MESSAGE_BYTES, Transport, WebSocket,
    dial::dial,
    endpoint::{Endpoint, Scheme},
    proxy::ProxySelector,
    read_ahead::ReadAhead,
};
use crate::{
    UserAgent,
    net::{ByteStream, ConnectError, ConnectErrorKind},
    tls::Tls,
};
use gloaming_protocol::Excerpt;
use gloaming_queue::BoxFuture;

/// Connects over TCP, with TLS if the URL is `wss://`.
///
/// Tries up to 16 addresses of the host; if an address does not answer within 250 ms, the next is tried
/// beside it. Connects through a [`Proxy`](super::Proxy) if one is set. Proxies named by environment variables
/// are used only with [`ProxySelector::from_env`].
#[derive(Clone, Debug)]
pub struct Connector {
    tls: Tls,
    proxy: Option<ProxySelector>,
    max_message_bytes: usize,
    user_agent: UserAgent,
}

impl Connector {
    /// Creates a connector that uses `tls` for `wss://` URLs.
    #[must_use]
    pub fn new(tls: Tls) -> Self {
        Self {
            tls,
            proxy: None,
            max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
            user_agent: UserAgent::default(),
        }
    }

    /// Sets the largest accepted size of a message before decompression, in bytes. The default is
    /// [`DEFAULT_MAX_MESSAGE_BYTES`].
    ///
    /// A larger message ends the connection with
    /// [`MessageTooLong`](super::TransportErrorKind::MessageTooLong).
    #[must_use]
    pub const fn with_max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// Sets the header `User-Agent` of the handshake. The default names this library and its version.
    #[must_use]
    pub fn with_user_agent(mut self, agent: UserAgent) -> Self {
        self.user_agent = agent;
        self
    }

    /// Connects to every host through `proxy`, or to those that a [`ProxySelector`] selects it for.
    ///
    /// The time that the proxy takes counts towards
    /// [`Timeouts::connect`](crate::machine::Timeouts::connect).
    #[must_use]
    pub fn with_proxy(mut self, proxy: impl Into<ProxySelector>) -> Self {
        self.proxy = Some(proxy.into());
        self
    }

    /// Returns the TLS for `wss://` URLs and `https://` proxies.
    #[must_use]
    pub const fn tls(&self) -> &Tls {
        &self.tls
    }

    /// Returns what selects the proxy, if it is set.
    #[must_use]
    pub const fn proxy(&self) -> Option<&ProxySelector> {
        self.proxy.as_ref()
    }
}

impl Default for Connector {
    /// Creates a connector with [`Tls::default`].
    fn default() -> Self {
        Self::new(Tls::default())
    }
}

impl Connect for Connector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let endpoint = Endpoint::parse(url);
        let Self {
            tls,
            proxy,
            max_message_bytes,
            user_agent,
        } = self.clone();

        Box::pin(async move {
            let endpoint = endpoint?;
            let stream = open_stream(&endpoint, &tls, proxy.as_ref()).await?;
            let socket = WebSocket::open(stream, &endpoint, max_message_bytes, &user_agent).await?;
            tracing::debug!(endpoint = %Excerpt::new(&endpoint.to_string()), "connected");
            Ok(Box::new(socket) as Box<dyn Transport>)
        })
    }
}

/// Connects to a server over TCP, through the proxy if there is one, and with TLS if the URL needs it.
///
/// There is no timeout; dropping the future closes the connection.
pub(crate) async fn open_stream(
    endpoint: &Endpoint,
    tls: &Tls,
    proxy: Option<&ProxySelector>,
) -> Result<Box<dyn ByteStream>, ConnectError> {
    if endpoint.scheme() == Scheme::Secure && tls.is_plain() {
        return Err(
            ConnectError::new(ConnectErrorKind::MissingTls).with_endpoint(endpoint.to_string())
        );
    }

    tracing::debug!(endpoint = %Excerpt::new(&endpoint.to_string()), %tls, "connecting");
    let stream: Box<dyn ByteStream> = match (
        proxy.and_then(|proxy| proxy.select(endpoint)),
        endpoint.scheme(),
    ) {
        (Some(proxy), _) => Box::new(proxy.dial(tls, endpoint.location()).await?),
        // Only TLS reads in small pieces.
        (None, Scheme::Secure) => Box::new(ReadAhead::new(dial(endpoint.location()).await?)),
        (None, Scheme::Plain) => Box::new(dial(endpoint.location()).await?),
    };
    match endpoint.scheme() {
        Scheme::Plain => Ok(stream),
        Scheme::Secure => tls
            .handshake(endpoint.host(), stream)
            .await
            .map_err(|error| error.with_endpoint(endpoint.to_string())),
    }
}
