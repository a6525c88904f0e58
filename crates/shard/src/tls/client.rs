//! A TLS client that is set up when it is first needed.

use super::{TlsBackend, TlsError, TlsErrorKind};
use crate::transport::{ByteStream, ConnectError};
use gloaming_queue::BoxFuture;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A TLS library, set up.
pub(super) trait Client: Send + Sync {
    fn handshake(
        &self,
        host: String,
        stream: Box<dyn ByteStream>,
    ) -> BoxFuture<'static, Result<Box<dyn ByteStream>, ConnectError>>;
}

/// A [`Client`], or what is needed to set one up.
pub(super) struct LazyClient {
    origin: Origin,
    client: OnceLock<Arc<dyn Client>>,
    /// Held while loading, so that shards starting together load once.
    loading: Mutex<()>,
}

enum Origin {
    Given,
    Backend {
        backend: TlsBackend,
        /// Certificates in DER form to trust beside the backend's.
        added: Vec<Box<[u8]>>,
    },
}

impl LazyClient {
    fn new(origin: Origin) -> Self {
        Self {
            origin,
            client: OnceLock::new(),
            loading: Mutex::new(()),
        }
    }

    /// The process's one client of this backend with no certificate added.
    pub(super) fn shared(backend: TlsBackend) -> Arc<Self> {
        static SHARED: [OnceLock<Arc<LazyClient>>; TlsBackend::ALL.len()] =
            [const { OnceLock::new() }; TlsBackend::ALL.len()];

        let new = || {
            Arc::new(Self::new(Origin::Backend {
                backend,
                added: Vec::new(),
            }))
        };
        Arc::clone(SHARED[backend as usize].get_or_init(new))
    }

    #[cfg(any(feature = "native-tls", feature = "__rustls"))]
    pub(super) fn given(client: Arc<dyn Client>) -> Arc<Self> {
        let lazy = Self::new(Origin::Given);
        Arc::new(Self {
            client: client.into(),
            ..lazy
        })
    }

    /// `None` if this client has no backend that a certificate can be added to.
    pub(super) fn with_root_certificate(&self, der: &[u8]) -> Option<Arc<Self>> {
        match &self.origin {
            Origin::Given => None,
            Origin::Backend { backend, added } => {
                let mut added = added.clone();
                added.push(der.into());
                Some(Arc::new(Self::new(Origin::Backend {
                    backend: *backend,
                    added,
                })))
            }
        }
    }

    pub(super) const fn backend(&self) -> Option<TlsBackend> {
        match self.origin {
            Origin::Given => None,
            Origin::Backend { backend, .. } => Some(backend),
        }
    }

    pub(super) fn get_or_load(&self) -> Result<Arc<dyn Client>, TlsError> {
        let _guard = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = self.client.get() {
            return Ok(Arc::clone(client));
        }
        let client = self.load()?;
        Ok(Arc::clone(self.client.get_or_init(|| client)))
    }

    /// Loading reads files: not for the thread that serves shards.
    pub(super) async fn get_or_load_off_thread(
        self: &Arc<Self>,
    ) -> Result<Arc<dyn Client>, TlsError> {
        if let Some(client) = self.client.get() {
            return Ok(Arc::clone(client));
        }
        let lazy = Arc::clone(self);
        tokio::task::spawn_blocking(move || lazy.get_or_load())
            .await
            .unwrap_or_else(|error| Err(TlsError::new(TlsErrorKind::Library).with_source(error)))
    }

    fn load(&self) -> Result<Arc<dyn Client>, TlsError> {
        match &self.origin {
            #[cfg(feature = "rustls-native-roots")]
            Origin::Backend {
                backend: TlsBackend::RustlsNativeRoots,
                added,
            } => super::with_rustls::with_native_roots(added),
            #[cfg(feature = "rustls-webpki-roots")]
            Origin::Backend {
                backend: TlsBackend::RustlsWebpkiRoots,
                added,
            } => super::with_rustls::with_webpki_roots(added),
            #[cfg(feature = "native-tls")]
            Origin::Backend {
                backend: TlsBackend::NativeTls,
                added,
            } => super::with_native_tls::with_backend_roots(added),
            // What was given is set up from the start; this is for backends not compiled in.
            _ => Err(TlsError::new(TlsErrorKind::MissingBackend(self.backend()))),
        }
    }
}
