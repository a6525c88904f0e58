//! TLS with rustls, and certificates verified by the operating system.

use super::{
    client::Client,
    error::{TlsError, TlsErrorKind},
    with_rustls,
};
use rustls::{RootCertStore, crypto::CryptoProvider, pki_types::CertificateDer};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

pub(super) fn load(extra_roots: &[Box<[u8]>]) -> Result<Arc<dyn Client>, TlsError> {
    let builder = with_rustls::builder()?;
    let verifier = verifier(extra_roots, Arc::clone(builder.crypto_provider()))?;
    let config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(with_rustls::client(Arc::new(config)))
}

fn verifier(
    extra_roots: &[Box<[u8]>],
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, TlsError> {
    let extra_roots: Vec<_> = extra_roots
        .iter()
        .map(|der| CertificateDer::from(der.to_vec()))
        .collect();
    // Whether the bytes are a certificate must not depend on the operating system.
    for certificate in &extra_roots {
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|source| {
                TlsError::new(TlsErrorKind::InvalidCertificate).with_source(source)
            })?;
    }
    if extra_roots.is_empty() {
        return Verifier::new(provider).map_err(setup_error);
    }
    #[cfg(not(target_os = "android"))]
    return Verifier::new_with_extra_roots(extra_roots, provider).map_err(setup_error);
    #[cfg(target_os = "android")]
    Err(TlsError::new(TlsErrorKind::NotExtensible))
}

/// Maps the error of the verifier. Where the verifier reads a certificate store, its only error is that it
/// found no certificates; it does not distinguish a missing store from an unreadable one.
fn setup_error(source: rustls::Error) -> TlsError {
    let kind = if cfg!(any(windows, target_vendor = "apple", target_os = "android")) {
        TlsErrorKind::Library
    } else {
        TlsErrorKind::UnreadableRootCertificates
    };
    TlsError::new(kind).with_source(source)
}
