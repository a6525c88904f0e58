//! TLS by rustls, with the operating system judging certificates.

use super::client::Client;
use super::{TlsError, TlsErrorKind, with_rustls};
use rustls::{RootCertStore, crypto::CryptoProvider, pki_types::CertificateDer};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

pub(super) fn load(added: &[Box<[u8]>]) -> Result<Arc<dyn Client>, TlsError> {
    let builder = with_rustls::builder()?;
    let verifier = verifier(added, Arc::clone(builder.crypto_provider()))?;
    let config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(with_rustls::client(Arc::new(config)))
}

fn verifier(added: &[Box<[u8]>], provider: Arc<CryptoProvider>) -> Result<Verifier, TlsError> {
    let added: Vec<_> = added
        .iter()
        .map(|der| CertificateDer::from(der.to_vec()))
        .collect();
    // What is a certificate should not depend on the system.
    for certificate in &added {
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|source| {
                TlsError::new(TlsErrorKind::InvalidCertificate).with_source(source)
            })?;
    }
    if added.is_empty() {
        return Verifier::new(provider).map_err(setup_error);
    }
    #[cfg(not(target_os = "android"))]
    return Verifier::new_with_extra_roots(added, provider).map_err(setup_error);
    #[cfg(target_os = "android")]
    Err(TlsError::new(TlsErrorKind::NotExtensible))
}

/// Where the verifier reads a store of certificates, all that can go wrong is that it finds none. It
/// does not tell a store that is not there from one that can't be read now.
fn setup_error(source: rustls::Error) -> TlsError {
    let kind = if cfg!(any(windows, target_vendor = "apple", target_os = "android")) {
        TlsErrorKind::Library
    } else {
        TlsErrorKind::UnreadableRootCertificates
    };
    TlsError::new(kind).with_source(source)
}
