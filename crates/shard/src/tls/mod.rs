//! TLS, configured at run time.

mod backend;
mod client;
mod error;
mod lazy_client;
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

use self::lazy_client::LazyClient;
use crate::net::{ByteStream, ConnectError, ConnectErrorKind};
use std::{
    fmt::{Debug, Display, Formatter, Result as FmtResult},
    sync::Arc,
};

/// The TLS of `wss://` connections.
///
/// Cheap to clone. Clones share root certificates and TLS sessions, so pass one value to all shards. Root
/// certificates are read once, by the first connection or by [`load`](Self::load). Values of the same
/// [`TlsBackend`] without added certificates share them, too.
///
/// Neither uses nor sets the process-wide default of a TLS library.
///
/// ```
/// use gloaming_shard::tls::{Tls, TlsBackend};
///
/// // The preferred backend among those compiled in.
/// let tls = Tls::default();
/// assert_eq!(tls.backend(), TlsBackend::best());
/// ```
#[derive(Clone)]
pub struct Tls {
    client: Option<Arc<LazyClient>>,
}

impl Tls {
    /// Creates a value with the [best](TlsBackend::best) backend that is compiled in.
    ///
    /// # Errors
    ///
    /// Returns [`TlsErrorKind::MissingBackend`] if no backend is compiled in.
    pub fn new() -> Result<Self, TlsError> {
        let backend =
            TlsBackend::best().ok_or_else(|| TlsError::new(TlsErrorKind::MissingBackend(None)))?;
        Self::with_backend(backend)
    }

    /// Creates a value with this backend.
    ///
    /// # Errors
    ///
    /// Returns [`TlsErrorKind::MissingBackend`] if the backend is not compiled in.
    pub fn with_backend(backend: TlsBackend) -> Result<Self, TlsError> {
        if backend.is_available() {
            Ok(Self::new_with(LazyClient::shared(backend)))
        } else {
            Err(TlsError::new(TlsErrorKind::MissingBackend(Some(backend))))
        }
    }

    /// Creates a value without TLS, which can connect to `ws://` URLs only.
    #[must_use]
    pub const fn plain() -> Self {
        Self { client: None }
    }

    /// Creates a value with a custom configuration of rustls.
    ///
    /// Build the configuration with [`ClientConfig::builder_with_provider`]: `ClientConfig::builder` panics
    /// unless the program contains exactly one crypto provider.
    ///
    /// [`ClientConfig::builder_with_provider`]: rustls::ClientConfig::builder_with_provider
    #[cfg(feature = "__rustls")]
    #[must_use]
    pub fn rustls(config: Arc<rustls::ClientConfig>) -> Self {
        Self::new_with(LazyClient::custom(with_rustls::client(config)))
    }

    /// Creates a value with a custom connector of native-tls.
    #[cfg(feature = "native-tls")]
    #[must_use]
    pub fn native(connector: native_tls::TlsConnector) -> Self {
        Self::new_with(LazyClient::custom(with_native_tls::client(connector)))
    }

    /// Trusts a root certificate, in DER form, in addition to those of the backend.
    ///
    /// For private servers whose certificate no public authority has signed. Reads the backend's root
    /// certificates, which blocks for some milliseconds.
    ///
    /// # Errors
    ///
    /// Returns [`TlsErrorKind::InvalidCertificate`] if `der` is not a certificate,
    /// [`TlsErrorKind::NotExtensible`] if this value is [`plain`](Self::plain), has a custom configuration,
    /// or has the backend [`RustlsPlatformVerifier`](TlsBackend::RustlsPlatformVerifier) on Android, and the
    /// errors of [`load`](Self::load).
    pub fn with_root_certificate(self, der: &[u8]) -> Result<Self, TlsError> {
        let client = self
            .client
            .and_then(|client| client.with_root_certificate(der))
            .ok_or_else(|| TlsError::new(TlsErrorKind::NotExtensible))?;
        client.get_or_load()?;
        Ok(Self::new_with(client))
    }

    /// Reads the root certificates, unless they are read already, to find errors at startup.
    ///
    /// Blocks for some milliseconds. Does nothing for [`plain`](Self::plain).
    ///
    /// # Errors
    ///
    /// Returns [`TlsErrorKind::NoRootCertificates`], [`TlsErrorKind::UnreadableRootCertificates`] or
    /// [`TlsErrorKind::Library`]. Errors are not cached: the next call or connection tries again.
    pub fn load(&self) -> Result<(), TlsError> {
        match &self.client {
            Some(client) => client.get_or_load().map(drop),
            None => Ok(()),
        }
    }

    /// Returns the backend, or `None` if this value is plain or has a custom configuration.
    #[must_use]
    pub fn backend(&self) -> Option<TlsBackend> {
        self.client.as_ref()?.backend()
    }

    /// Returns whether this value is [`plain`](Self::plain).
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.client.is_none()
    }

    /// Performs a TLS handshake with `host` over a custom stream, for example one through a proxy.
    ///
    /// `host` is the name in the server's certificate, or an address (IPv6 without brackets). The handshake
    /// has no timeout of its own; dropping the future drops the stream.
    ///
    /// # Errors
    ///
    /// Returns [`ConnectErrorKind::Tls`], [`Certificate`](ConnectErrorKind::Certificate),
    /// [`Url`](ConnectErrorKind::Url) if `host` is not a valid name,
    /// [`TlsSetup`](ConnectErrorKind::TlsSetup), or [`MissingTls`](ConnectErrorKind::MissingTls) if this
    /// value is plain.
    pub async fn handshake(
        &self,
        host: &str,
        stream: impl ByteStream + 'static,
    ) -> Result<Box<dyn ByteStream>, ConnectError> {
        let result = match &self.client {
            Some(client) => match client.get_or_load_blocking().await {
                Ok(client) => client.handshake(host.to_owned(), Box::new(stream)).await,
                Err(error) => Err(error.into()),
            },
            None => Err(ConnectError::new(ConnectErrorKind::MissingTls)),
        };
        result.map_err(|error| error.with_endpoint(host))
    }

    const fn new_with(client: Arc<LazyClient>) -> Self {
        Self {
            client: Some(client),
        }
    }
}

impl Default for Tls {
    /// Creates a value with the [best](TlsBackend::best) backend that is compiled in, or
    /// [`plain`](Self::plain) if no backend is.
    fn default() -> Self {
        Self::new().unwrap_or_else(|_| Self::plain())
    }
}

/// Shows the backend, or `plain`.
impl Display for Tls {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match &self.client {
            Some(client) => match client.backend() {
                Some(backend) => Display::fmt(&backend, f),
                None => f.write_str("a custom configuration"),
            },
            None => f.write_str("plain"),
        }
    }
}

impl Debug for Tls {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match &self.client {
            Some(client) => match client.backend() {
                Some(backend) => write!(f, "Tls({backend:?})"),
                None => f.write_str("Tls(custom)"),
            },
            None => f.write_str("Tls(plain)"),
        }
    }
}
