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
    /// `None` for a client that was given and needs no setting up.
    recipe: Option<Recipe>,
    client: OnceLock<Arc<dyn Client>>,
    /// Held while loading, so that shards starting together load once.
    loading: Mutex<()>,
}

#[derive(Clone)]
struct Recipe {
    backend: TlsBackend,
    /// Certificates in DER form to trust beside the backend's.
    added: Vec<Box<[u8]>>,
}

impl LazyClient {
    fn new(recipe: Option<Recipe>, client: OnceLock<Arc<dyn Client>>) -> Arc<Self> {
        Arc::new(Self {
            recipe,
            client,
            loading: Mutex::new(()),
        })
    }

    fn of(recipe: Recipe) -> Arc<Self> {
        Self::new(Some(recipe), OnceLock::new())
    }

    /// The process's one client of this backend with no certificate added.
    pub(super) fn shared(backend: TlsBackend) -> Arc<Self> {
        static SHARED: [OnceLock<Arc<LazyClient>>; TlsBackend::ALL.len()] =
            [const { OnceLock::new() }; TlsBackend::ALL.len()];

        let new = || {
            Self::of(Recipe {
                backend,
                added: Vec::new(),
            })
        };
        Arc::clone(SHARED[backend as usize].get_or_init(new))
    }

    #[cfg(any(feature = "native-tls", feature = "__rustls"))]
    pub(super) fn given(client: Arc<dyn Client>) -> Arc<Self> {
        Self::new(None, client.into())
    }

    /// `None` if this client has no backend that a certificate can be added to.
    pub(super) fn with_root_certificate(&self, der: &[u8]) -> Option<Arc<Self>> {
        let mut recipe = self.recipe.clone()?;
        recipe.added.push(der.into());
        Some(Self::of(recipe))
    }

    pub(super) fn backend(&self) -> Option<TlsBackend> {
        self.recipe.as_ref().map(|recipe| recipe.backend)
    }

    pub(super) fn get_or_load(&self) -> Result<Arc<dyn Client>, TlsError> {
        let _guard = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = self.client.get() {
            return Ok(Arc::clone(client));
        }
        let client = match &self.recipe {
            Some(recipe) => recipe.load()?,
            None => return Err(TlsError::new(TlsErrorKind::MissingBackend(None))),
        };
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
}

impl Recipe {
    fn load(&self) -> Result<Arc<dyn Client>, TlsError> {
        match self.backend {
            #[cfg(feature = "rustls-native-roots")]
            TlsBackend::RustlsNativeRoots => super::with_rustls::with_native_roots(&self.added),
            #[cfg(feature = "rustls-webpki-roots")]
            TlsBackend::RustlsWebpkiRoots => super::with_rustls::with_webpki_roots(&self.added),
            #[cfg(feature = "native-tls")]
            TlsBackend::NativeTls => super::with_native_tls::with_backend_roots(&self.added),
            #[cfg(feature = "rustls-platform-verifier")]
            TlsBackend::RustlsPlatformVerifier => super::with_platform_verifier::load(&self.added),
            #[allow(unreachable_patterns, reason = "all of them may be compiled in")]
            missing => Err(TlsError::new(TlsErrorKind::MissingBackend(Some(missing)))),
        }
    }
}
