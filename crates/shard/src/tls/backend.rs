//! The TLS backends.

use std::fmt::{Display, Formatter, Result as FmtResult};

/// A TLS library and the source of its root certificates.
///
/// All variants exist in every build; using one that is not compiled in is an error.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TlsBackend {
    /// rustls with the operating system's root certificates. Feature `rustls-native-roots`.
    RustlsNativeRoots,
    /// rustls with Mozilla's root certificates, compiled in. Feature `rustls-webpki-roots`.
    RustlsWebpkiRoots,
    /// The operating system's TLS library: OpenSSL on Linux. Feature `native-tls`.
    NativeTls,
    /// rustls, with certificates verified by the operating system: by its roots, policies and
    /// revocations. On Linux, equivalent to [`RustlsNativeRoots`](Self::RustlsNativeRoots). Feature
    /// `rustls-platform-verifier`.
    RustlsPlatformVerifier,
}

impl TlsBackend {
    /// All backends, in the order of preference of [`best`](Self::best).
    ///
    /// The backend of the default feature comes first, so that enabling another feature does not change
    /// the backend in use.
    pub const ALL: [Self; 4] = [
        Self::RustlsNativeRoots,
        Self::RustlsWebpkiRoots,
        Self::NativeTls,
        Self::RustlsPlatformVerifier,
    ];

    /// Returns the first backend of [`ALL`](Self::ALL) that is compiled in.
    #[must_use]
    pub fn best() -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.is_available())
    }

    /// Returns whether the backend is compiled in.
    #[must_use]
    pub const fn is_available(self) -> bool {
        match self {
            Self::RustlsNativeRoots => cfg!(feature = "rustls-native-roots"),
            Self::RustlsWebpkiRoots => cfg!(feature = "rustls-webpki-roots"),
            Self::NativeTls => cfg!(feature = "native-tls"),
            Self::RustlsPlatformVerifier => cfg!(feature = "rustls-platform-verifier"),
        }
    }

    /// Returns the name of the feature that compiles the backend in.
    #[must_use]
    pub const fn feature(self) -> &'static str {
        match self {
            Self::RustlsNativeRoots => "rustls-native-roots",
            Self::RustlsWebpkiRoots => "rustls-webpki-roots",
            Self::NativeTls => "native-tls",
            Self::RustlsPlatformVerifier => "rustls-platform-verifier",
        }
    }
}

/// Shows the name of the backend's feature.
impl Display for TlsBackend {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(self.feature())
    }
}
