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
    /// rustls, with the operating system judging certificates as it does for its own programs: by its
    /// roots, policies and revocations. On Linux that is what
    /// [`RustlsNativeRoots`](Self::RustlsNativeRoots) does. Feature `rustls-platform-verifier`.
    RustlsPlatformVerifier,
}

impl TlsBackend {
    /// All backends, in the order in which one is chosen where none is named.
    ///
    /// The default feature's comes first, so that turning on another beside it changes nothing by
    /// itself; turning on the last one changes nothing beside any.
    pub const ALL: [Self; 4] = [
        Self::RustlsNativeRoots,
        Self::RustlsWebpkiRoots,
        Self::NativeTls,
        Self::RustlsPlatformVerifier,
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
            Self::RustlsPlatformVerifier => cfg!(feature = "rustls-platform-verifier"),
        }
    }

    /// The feature that compiles it in.
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

/// The name of its feature.
impl Display for TlsBackend {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(self.feature())
    }
}
