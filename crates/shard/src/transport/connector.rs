//! TCP, TLS and WebSocket in one.

use super::{
    ByteStream, Connect, ConnectError, ConnectErrorKind, DEFAULT_MAX_MESSAGE_BYTES, Transport,
    WebSocket,
    dial::dial,
    endpoint::{Endpoint, Scheme},
    proxy::Proxy,
    read_ahead::ReadAhead,
};
use crate::tls::Tls;
use gloaming_queue::BoxFuture;

/// Connects over TCP, with TLS if the URL is `wss://`.
///
/// Tries every address of the host, the next one beside a silent one after 250 ms. Goes through a
/// [`Proxy`] if it is given one; those that the environment names are not used.
#[derive(Clone, Debug)]
pub struct Connector {
    tls: Tls,
    proxy: Option<Proxy>,
    max_message_bytes: usize,
}

impl Connector {
    /// A connector that uses this TLS for `wss://`.
    #[must_use]
    pub const fn new(tls: Tls) -> Self {
        Self {
            tls,
            proxy: None,
            max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
        }
    }

    /// Bounds the size of a message on the wire, before inflating. Default
    /// [`DEFAULT_MAX_MESSAGE_BYTES`].
    ///
    /// A longer message ends the connection with
    /// [`MessageTooLong`](super::TransportErrorKind::MessageTooLong).
    #[must_use]
    pub const fn with_max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// Goes through this proxy, to whatever host.
    ///
    /// The time that the proxy takes counts as time for connecting
    /// ([`Timeouts::connect`](crate::machine::Timeouts)).
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// The TLS used for `wss://`, and to a proxy of `https://`.
    #[must_use]
    pub const fn tls(&self) -> &Tls {
        &self.tls
    }

    /// The proxy on the way.
    #[must_use]
    pub const fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }
}

impl Default for Connector {
    /// A connector with [`Tls::default`].
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
        } = self.clone();

        Box::pin(async move {
            let endpoint = endpoint?;
            if endpoint.scheme() == Scheme::Secure && tls.is_plain() {
                return Err(ConnectError::new(ConnectErrorKind::MissingTls)
                    .with_endpoint(endpoint.to_string()));
            }

            tracing::debug!(%endpoint, ?tls, "connecting");
            let stream: Box<dyn ByteStream> = match proxy {
                Some(proxy) => Box::new(proxy.dial(&tls, endpoint.location()).await?),
                None => Box::new(ReadAhead::new(dial(endpoint.location()).await?)),
            };
            let stream = match endpoint.scheme() {
                Scheme::Plain => stream,
                Scheme::Secure => tls
                    .handshake(endpoint.host(), stream)
                    .await
                    .map_err(|error| error.with_endpoint(endpoint.to_string()))?,
            };
            let socket = WebSocket::open(stream, &endpoint, max_message_bytes).await?;
            tracing::debug!(%endpoint, "connected");
            Ok(Box::new(socket) as Box<dyn Transport>)
        })
    }
}
