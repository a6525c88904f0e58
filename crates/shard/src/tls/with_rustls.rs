//! TLS with rustls.

use super::{
    client::Client,
    error::{TlsError, TlsErrorKind},
};
use crate::net::{ByteStream, ConnectError, ConnectErrorKind};
use gloaming_queue::BoxFuture;
use rustls::{
    CertificateError, ClientConfig, Error as RustlsError, InvalidMessage, pki_types::ServerName,
};
#[cfg(any(feature = "rustls-native-roots", feature = "rustls-webpki-roots"))]
use rustls::{RootCertStore, pki_types::CertificateDer};
use std::{io, sync::Arc};
use tokio_rustls::TlsConnector;

pub(super) fn client(config: Arc<ClientConfig>) -> Arc<dyn Client> {
    Arc::new(RustlsClient(config.into()))
}

#[cfg(feature = "rustls-native-roots")]
pub(super) fn with_native_roots(extra_roots: &[Box<[u8]>]) -> Result<Arc<dyn Client>, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Certificate stores contain certificates that rustls can't parse; the others are usable.
    let (usable, unusable) = roots.add_parsable_certificates(found.certs);
    tracing::debug!(usable, unusable, "read the root certificates of the system");
    for error in &found.errors {
        tracing::warn!(%error, "a root certificate of the system can't be read");
    }
    if usable == 0 && extra_roots.is_empty() {
        return Err(match found.errors.into_iter().next() {
            Some(error) => {
                TlsError::new(TlsErrorKind::UnreadableRootCertificates).with_source(error)
            }
            None => TlsError::new(TlsErrorKind::NoRootCertificates),
        });
    }
    with_roots(roots, extra_roots)
}

#[cfg(feature = "rustls-webpki-roots")]
pub(super) fn with_webpki_roots(extra_roots: &[Box<[u8]>]) -> Result<Arc<dyn Client>, TlsError> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    with_roots(roots, extra_roots)
}

#[cfg(any(feature = "rustls-native-roots", feature = "rustls-webpki-roots"))]
fn with_roots(
    mut roots: RootCertStore,
    extra_roots: &[Box<[u8]>],
) -> Result<Arc<dyn Client>, TlsError> {
    for der in extra_roots {
        roots
            .add(CertificateDer::from(der.to_vec()))
            .map_err(|source| {
                TlsError::new(TlsErrorKind::InvalidCertificate).with_source(source)
            })?;
    }
    Ok(client(Arc::new(
        builder()?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )))
}

/// Starts a configuration without the process-wide default provider: `ClientConfig::builder` panics unless
/// the program contains exactly one crypto provider.
#[cfg(any(
    feature = "rustls-native-roots",
    feature = "rustls-platform-verifier",
    feature = "rustls-webpki-roots"
))]
pub(super) fn builder()
-> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| TlsError::new(TlsErrorKind::Library).with_source(source))
}

struct RustlsClient(TlsConnector);

impl Client for RustlsClient {
    fn handshake(
        &self,
        host: String,
        stream: Box<dyn ByteStream>,
    ) -> BoxFuture<'static, Result<Box<dyn ByteStream>, ConnectError>> {
        let connector = self.0.clone();
        Box::pin(async move {
            let name = ServerName::try_from(host)
                .map_err(|source| ConnectError::new(ConnectErrorKind::Url).with_source(source))?;
            match connector.connect(name, stream).await {
                Ok(stream) => Ok(Box::new(stream) as Box<dyn ByteStream>),
                Err(error) => Err(handshake_error(error)),
            }
        })
    }
}

fn handshake_error(error: io::Error) -> ConnectError {
    let cause = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<RustlsError>());
    let (kind, advice) = match cause {
        Some(RustlsError::InvalidCertificate(reason)) => {
            (ConnectErrorKind::Certificate, certificate_advice(reason))
        }
        Some(RustlsError::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            (ConnectErrorKind::NotTls, None)
        }
        _ => (ConnectErrorKind::Tls, None),
    };
    ConnectError::new(kind)
        .with_advice(advice)
        .with_source(error)
}

const fn certificate_advice(reason: &CertificateError) -> Option<&'static str> {
    match reason {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Some(
            "it is not valid at the time that the clock of this machine shows; check the clock, or \
             have the server's certificate renewed",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some("it is for another host; check the url, and proxies in between")
        }
        // The signature is a bad one if the issuer has the name of a known one.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Some(
            "this machine does not know its issuer; install root certificates, check proxies in \
             between, or add the server's root with `Tls::with_root_certificate`",
        ),
        _ => None,
    }
}
