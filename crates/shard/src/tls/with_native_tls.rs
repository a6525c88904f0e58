//! TLS with the operating system's library.

use super::{
    client::Client,
    error::{TlsError, TlsErrorKind},
};
use crate::net::{ByteStream, ConnectError, ConnectErrorKind};
use gloaming_queue::BoxFuture;
use native_tls::{Certificate, Protocol, TlsConnector};
use std::sync::Arc;

pub(super) fn client(connector: TlsConnector) -> Arc<dyn Client> {
    Arc::new(NativeClient(connector.into()))
}

pub(super) fn with_system_roots(extra_roots: &[Box<[u8]>]) -> Result<Arc<dyn Client>, TlsError> {
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(Protocol::Tlsv12));
    for der in extra_roots {
        let certificate = Certificate::from_der(der).map_err(|source| {
            TlsError::new(TlsErrorKind::InvalidCertificate).with_source(source)
        })?;
        builder.add_root_certificate(certificate);
    }
    let connector = builder
        .build()
        .map_err(|source| TlsError::new(TlsErrorKind::Library).with_source(source))?;
    Ok(client(connector))
}

/// native-tls does not say which of these failed in a form that a program can read.
const ADVICE: &str = "check the clock and root certificates of this machine, that the port is one for tls, and proxies \
    in between";

struct NativeClient(tokio_native_tls::TlsConnector);

impl Client for NativeClient {
    fn handshake(
        &self,
        host: String,
        stream: Box<dyn ByteStream>,
    ) -> BoxFuture<'static, Result<Box<dyn ByteStream>, ConnectError>> {
        let connector = self.0.clone();
        Box::pin(async move {
            match connector.connect(&host, stream).await {
                Ok(stream) => Ok(Box::new(stream) as Box<dyn ByteStream>),
                // native-tls does not distinguish an untrusted certificate from other failures.
                Err(error) => Err(ConnectError::new(ConnectErrorKind::Tls)
                    .with_advice(Some(ADVICE))
                    .with_source(error)),
            }
        })
    }
}
