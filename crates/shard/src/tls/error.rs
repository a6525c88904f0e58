//! The error of a TLS setup.

use super::backend::TlsBackend;
use crate::net::{ConnectError, ConnectErrorKind};
use std::{
    error::Error,
    fmt::{Display, Formatter, Result as FmtResult},
    io,
};

/// TLS can't be set up (configuration).
#[derive(Debug)]
pub struct TlsError {
    kind: TlsErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The reason why TLS can't be set up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TlsErrorKind {
    /// The backend is not compiled in; with `None`, no backend is compiled in.
    MissingBackend(Option<TlsBackend>),
    /// The operating system has no root certificates.
    NoRootCertificates,
    /// The operating system's root certificates can't be read.
    UnreadableRootCertificates,
    /// The given bytes are not a certificate in DER form.
    InvalidCertificate,
    /// Root certificates can't be added to a plain value or to a custom configuration.
    NotExtensible,
    /// The TLS library rejected its configuration.
    Library,
}

impl TlsError {
    /// Creates an error of this kind, without source. For custom connectors with a TLS setup of their own.
    #[must_use]
    pub const fn new(kind: TlsErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Sets the source.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> TlsErrorKind {
        self.kind
    }
}

impl TlsError {
    /// Returns whether this machine lacked a resource, so that the same call may succeed later.
    fn is_shortage(&self) -> bool {
        let mut cause = self.source();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return error.kind() == io::ErrorKind::OutOfMemory
                    || error.raw_os_error().is_some_and(is_out_of_files);
            }
            cause = error.source();
        }
        false
    }
}

/// Returns whether an error of the operating system is one of too many open files, of the process or of the machine.
const fn is_out_of_files(code: i32) -> bool {
    if cfg!(windows) {
        // ERROR_TOO_MANY_OPEN_FILES
        code == 4
    } else {
        // EMFILE and ENFILE, the same on all Unix systems.
        matches!(code, 24 | 23)
    }
}

impl Display for TlsError {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match self.kind {
            TlsErrorKind::MissingBackend(Some(backend)) => write!(
                f,
                "the tls backend {backend} is not compiled in; enable the feature with that name"
            ),
            TlsErrorKind::MissingBackend(None) => f.write_str(
                "no tls backend is compiled in; enable one of the features rustls-native-roots, \
                 rustls-webpki-roots, native-tls and rustls-platform-verifier",
            ),
            TlsErrorKind::NoRootCertificates => f.write_str(
                "this machine has no root certificates; install them (often the package \
                 ca-certificates), or use the backend rustls-webpki-roots",
            ),
            TlsErrorKind::UnreadableRootCertificates => f.write_str(
                "this machine's root certificates can't be read; check SSL_CERT_FILE and \
                 SSL_CERT_DIR, or use the backend rustls-webpki-roots",
            ),
            TlsErrorKind::InvalidCertificate => {
                f.write_str(
                    "the root certificate is not in der form; convert it, for example with openssl x509 -outform der",
                )
            }
            TlsErrorKind::NotExtensible => f.write_str(
                "root certificates can't be added to this tls value; add them to the custom \
                 configuration, or start with a backend",
            ),
            TlsErrorKind::Library => f.write_str(
                "the tls library rejected its configuration; its error is the source",
            ),
        }
    }
}

impl Error for TlsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

impl From<TlsError> for ConnectError {
    fn from(error: TlsError) -> Self {
        let kind = match error.kind {
            TlsErrorKind::MissingBackend(_) => ConnectErrorKind::MissingTls,
            TlsErrorKind::UnreadableRootCertificates if error.is_shortage() => {
                ConnectErrorKind::RootCertificates
            }
            _ => ConnectErrorKind::TlsSetup,
        };
        Self::new(kind).with_source(error)
    }
}
