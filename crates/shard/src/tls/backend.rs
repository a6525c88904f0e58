//! Which TLS there may be.

use std::fmt::{Display, Formatter, Result as FmtResult};

/// A TLS library and where it gets root certificates from.
///
/// All variants are there in every build; one that is not compiled in is an error when it is used.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TlsBackend {
    /// rustls with the operating system's root certificates. Feature `rustls-native-roots`.
    RustlsNativeRoots,
    /// rustls with Mozilla's root certificates, compiled in. Feature `rustls-webpki-roots`.
    RustlsWebpkiRoots,
    /// The operating system's TLS library: OpenSSL on Linux. Feature `native-tls`.
    NativeTls,
}

impl TlsBackend {
    /// All backends, the best first.
    pub const ALL: [Self; 3] = [
        Self::RustlsNativeRoots,
        Self::RustlsWebpkiRoots,
        Self::NativeTls,
    ];

    /// The first of [`ALL`](Self::ALL) that is compiled in.
    #[must_use]
    pub fn best() -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.is_available())
    }

    /// Whether it is compiled in.
    #[must_use]
    pub const fn is_available(self) -> bool {
        match self {
            Self::RustlsNativeRoots => cfg!(feature = "rustls-native-roots"),
            Self::RustlsWebpkiRoots => cfg!(feature = "rustls-webpki-roots"),
            Self::NativeTls => cfg!(feature = "native-tls"),
        }
    }

    /// The feature that compiles it in.
    #[must_use]
    pub const fn feature(self) -> &'static str {
        match self {
            Self::RustlsNativeRoots => "rustls-native-roots",
            Self::RustlsWebpkiRoots => "rustls-webpki-roots",
            Self::NativeTls => "native-tls",
        }
    }
}

/// The name of its feature.
impl Display for TlsBackend {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(self.feature())
    }
}
