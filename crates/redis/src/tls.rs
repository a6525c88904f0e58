//! TLS to a server.

use crate::{config::RedisConfig, error::RedisError};
use std::{io, path::Path, sync::Arc};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, crypto,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

/// A configuration of TLS.
#[derive(Clone)]
pub(crate) struct Tls(TlsConnector);

impl Tls {
    /// The crypto provider is explicit: a program with two of them in its tree has no default one.
    pub(crate) fn new(config: &RedisConfig) -> Result<Self, RedisError> {
        let mut roots = RootCertStore::empty();
        match &config.root_certificates {
            Some(path) => {
                for certificate in certificates(path)? {
                    let added = roots.add(certificate);
                    added.map_err(|error| unusable_file(path, error))?;
                }
            }
            // A system without certificates fails where a server is verified.
            None => {
                let system = rustls_native_certs::load_native_certs().certs;
                _ = roots.add_parsable_certificates(system);
            }
        }
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| {
                RedisError::of_configuration("TLS can't be used".to_owned()).with_source(error)
            })?;
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    pub(crate) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        self.0.connect(name, stream).await
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, RedisError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    read.map_err(|error| unusable_file(path, error))
}

fn unusable_file(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> RedisError {
    let detail = format!("the file {} can't be used", path.display());
    RedisError::of_configuration(detail).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_that_can_not_be_used_is_named() {
        let config = RedisConfig::new("rediss://host", "bot").unwrap();
        let config = config.with_root_certificates("no-such-file.pem");
        let error = Tls::new(&config).map(drop).unwrap_err();
        assert!(error.to_string().contains("no-such-file.pem"), "{error}");
    }
}
