//! TLS as a value chosen at run time.

mod backend;
mod client;
mod error;
#[cfg(feature = "native-tls")]
mod with_native_tls;
#[cfg(feature = "rustls-platform-verifier")]
mod with_platform_verifier;
#[cfg(feature = "__rustls")]
mod with_rustls;

pub use self::{
    backend::TlsBackend,
    error::{TlsError, TlsErrorKind},
};

use self::client::LazyClient;
use crate::transport::{ByteStream, ConnectError, ConnectErrorKind};
use std::{
    fmt::{Debug, Formatter, Result as FmtResult},
    sync::Arc,
};

/// How `wss://` connections are secured.
///
/// Cheap to clone; clones share root certificates and TLS sessions, so hand one value to all shards.
/// Root certificates are read once, by the first connection or by [`load`](Self::load). Values for the
/// same [`TlsBackend`] with no certificate added share them too.
///
/// No process-wide default of any TLS library is used or set.
///
/// ```
/// use gloaming_shard::tls::{Tls, TlsBackend};
///
/// // The best backend compiled in; which, can be asked.
/// let tls = Tls::default();
/// assert_eq!(tls.backend(), TlsBackend::best());
/// ```
#[derive(Clone)]
pub struct Tls {
    client: Option<Arc<LazyClient>>,
}

impl Tls {
    /// The best backend compiled in: the first available of [`TlsBackend::ALL`].
    ///
    /// # Errors
    ///
    /// [`TlsErrorKind::MissingBackend`] if none is compiled in.
    pub fn new() -> Result<Self, TlsError> {
        let backend =
            TlsBackend::best().ok_or_else(|| TlsError::new(TlsErrorKind::MissingBackend(None)))?;
        Self::with_backend(backend)
    }

    /// This backend.
    ///
    /// # Errors
    ///
    /// [`TlsErrorKind::MissingBackend`] if it is not compiled in.
    pub fn with_backend(backend: TlsBackend) -> Result<Self, TlsError> {
        if backend.is_available() {
            Ok(Self::of(LazyClient::shared(backend)))
        } else {
            Err(TlsError::new(TlsErrorKind::MissingBackend(Some(backend))))
        }
    }

    /// No TLS: only `ws://` URLs can be connected to.
    #[must_use]
    pub const fn plain() -> Self {
        Self { client: None }
    }

    /// rustls with a configuration of your own.
    ///
    /// Build it with [`ClientConfig::builder_with_provider`]: `ClientConfig::builder` panics if the
    /// program has not exactly one crypto provider.
    ///
    /// [`ClientConfig::builder_with_provider`]: rustls::ClientConfig::builder_with_provider
    #[cfg(feature = "__rustls")]
    #[must_use]
    pub fn rustls(config: Arc<rustls::ClientConfig>) -> Self {
        Self::of(LazyClient::given(with_rustls::client(config)))
    }

    /// native-tls with a connector of your own.
    #[cfg(feature = "native-tls")]
    #[must_use]
    pub fn native(connector: native_tls::TlsConnector) -> Self {
        Self::of(LazyClient::given(with_native_tls::client(connector)))
    }

    /// Trusts one more root certificate, in DER form, beside those of the backend.
    ///
    /// This is for servers of your own, whose certificate no public authority signed. Reads the
    /// backend's root certificates at once.
    ///
    /// # Errors
    ///
    /// [`TlsErrorKind::InvalidCertificate`] if it is no certificate, [`TlsErrorKind::NotExtensible`] if
    /// this value is [`plain`](Self::plain), was made from a configuration of your own, or is
    /// [`RustlsPlatformVerifier`](TlsBackend::RustlsPlatformVerifier) on Android, and what
    /// [`load`](Self::load) gives.
    pub fn with_root_certificate(self, der: &[u8]) -> Result<Self, TlsError> {
        let client = self
            .client
            .and_then(|client| client.with_root_certificate(der))
            .ok_or_else(|| TlsError::new(TlsErrorKind::NotExtensible))?;
        client.get_or_load()?;
        Ok(Self::of(client))
    }

    /// Reads the root certificates now, if that was not done yet, so that failures show at start.
    ///
    /// Blocks for some milliseconds. Does nothing for [`plain`](Self::plain).
    ///
    /// # Errors
    ///
    /// [`TlsErrorKind::NoRootCertificates`], [`TlsErrorKind::UnreadableRootCertificates`] or
    /// [`TlsErrorKind::Library`]. A failure is not remembered: the next call or connection tries again.
    pub fn load(&self) -> Result<(), TlsError> {
        match &self.client {
            Some(client) => client.get_or_load().map(drop),
            None => Ok(()),
        }
    }

    /// The backend, unless this value is plain or was made from a configuration of your own.
    #[must_use]
    pub fn backend(&self) -> Option<TlsBackend> {
        self.client.as_ref()?.backend()
    }

    /// Whether there is no TLS.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.client.is_none()
    }

    /// Speaks TLS with `host` over a stream of your own, for example one through a proxy.
    ///
    /// `host` is the name on the server's certificate, or an address (IPv6 with no brackets). Dropping
    /// the future drops the stream.
    ///
    /// # Errors
    ///
    /// [`ConnectErrorKind::Tls`], [`Certificate`](ConnectErrorKind::Certificate),
    /// [`Url`](ConnectErrorKind::Url) if the host is no name a certificate may have,
    /// [`TlsSetup`](ConnectErrorKind::TlsSetup), or [`MissingTls`](ConnectErrorKind::MissingTls) if this
    /// value is plain.
    pub async fn handshake(
        &self,
        host: &str,
        stream: impl ByteStream + 'static,
    ) -> Result<Box<dyn ByteStream>, ConnectError> {
        let result = match &self.client {
            Some(client) => match client.get_or_load_off_thread().await {
                Ok(client) => client.handshake(host.to_owned(), Box::new(stream)).await,
                Err(error) => Err(error.into()),
            },
            None => Err(ConnectError::new(ConnectErrorKind::MissingTls)),
        };
        result.map_err(|error| error.with_endpoint(host))
    }

    const fn of(client: Arc<LazyClient>) -> Self {
        Self {
            client: Some(client),
        }
    }
}

impl Default for Tls {
    /// The best backend compiled in, or [`plain`](Self::plain) if there is none.
    fn default() -> Self {
        Self::new().unwrap_or_else(|_| Self::plain())
    }
}

impl Debug for Tls {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match &self.client {
            Some(client) => match client.backend() {
                Some(backend) => write!(f, "Tls({backend:?})"),
                None => f.write_str("Tls(given)"),
            },
            None => f.write_str("Tls(plain)"),
        }
    }
}
