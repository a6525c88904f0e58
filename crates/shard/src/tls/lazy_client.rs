//! A TLS client that is set up when it is first needed.

#[cfg(feature = "native-tls")]
use super::with_native_tls;
#[cfg(feature = "rustls-platform-verifier")]
use super::with_platform_verifier;
#[cfg(any(feature = "rustls-native-roots", feature = "rustls-webpki-roots"))]
use super::with_rustls;
use super::{
    backend::TlsBackend,
    client::{Client, ClientSettings},
    error::{TlsError, TlsErrorKind},
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A [`Client`], or the settings to create it from.
pub(super) struct LazyClient {
    /// `None` for a client of a custom configuration, which is already set up.
    settings: Option<ClientSettings>,
    client: OnceLock<Arc<dyn Client>>,
    /// Held while the client is created, so that shards that start at the same time create it once.
    loading: Mutex<()>,
}

impl LazyClient {
    fn new(settings: Option<ClientSettings>, client: OnceLock<Arc<dyn Client>>) -> Arc<Self> {
        Arc::new(Self {
            settings,
            client,
            loading: Mutex::new(()),
        })
    }

    fn from_settings(settings: ClientSettings) -> Arc<Self> {
        Self::new(Some(settings), OnceLock::new())
    }

    /// Returns the client of this backend without extra roots, which the process shares.
    pub(super) fn shared(backend: TlsBackend) -> Arc<Self> {
        static SHARED: [OnceLock<Arc<LazyClient>>; TlsBackend::ALL.len()] =
            [const { OnceLock::new() }; TlsBackend::ALL.len()];

        let new = || {
            Self::from_settings(ClientSettings {
                backend,
                extra_roots: Vec::new(),
            })
        };
        Arc::clone(SHARED[backend as usize].get_or_init(new))
    }

    /// Wraps the client of a custom configuration.
    #[cfg(any(feature = "native-tls", feature = "__rustls"))]
    pub(super) fn custom(client: Arc<dyn Client>) -> Arc<Self> {
        Self::new(None, client.into())
    }

    /// Returns `None` for the client of a custom configuration, which accepts no more certificates.
    pub(super) fn with_root_certificate(&self, der: &[u8]) -> Option<Arc<Self>> {
        let mut settings = self.settings.clone()?;
        settings.extra_roots.push(der.into());
        Some(Self::from_settings(settings))
    }

    pub(super) fn backend(&self) -> Option<TlsBackend> {
        self.settings.as_ref().map(|settings| settings.backend)
    }

    pub(super) fn get_or_load(&self) -> Result<Arc<dyn Client>, TlsError> {
        let _guard = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = self.client.get() {
            return Ok(Arc::clone(client));
        }
        let client = match &self.settings {
            Some(settings) => load(settings)?,
            None => return Err(TlsError::new(TlsErrorKind::MissingBackend(None))),
        };
        Ok(Arc::clone(self.client.get_or_init(|| client)))
    }

    /// Loads on a blocking thread, since loading reads files.
    pub(super) async fn get_or_load_blocking(
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

fn load(settings: &ClientSettings) -> Result<Arc<dyn Client>, TlsError> {
    match settings.backend {
        #[cfg(feature = "rustls-native-roots")]
        TlsBackend::RustlsNativeRoots => with_rustls::with_native_roots(&settings.extra_roots),
        #[cfg(feature = "rustls-webpki-roots")]
        TlsBackend::RustlsWebpkiRoots => with_rustls::with_webpki_roots(&settings.extra_roots),
        #[cfg(feature = "native-tls")]
        TlsBackend::NativeTls => with_native_tls::with_system_roots(&settings.extra_roots),
        #[cfg(feature = "rustls-platform-verifier")]
        TlsBackend::RustlsPlatformVerifier => with_platform_verifier::load(&settings.extra_roots),
        #[allow(unreachable_patterns, reason = "all backends may be compiled in")]
        missing => Err(TlsError::new(TlsErrorKind::MissingBackend(Some(missing)))),
    }
}
