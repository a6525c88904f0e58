//! A TLS server with a certificate authority of the test.
#![allow(dead_code, reason = "each test uses some of it")]

use futures_util::{SinkExt, StreamExt};
use gloaming_shard::tls::{Tls, TlsBackend};
use gloaming_shard::transport::{Connect, ConnectError, Connector, Transport};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer};
use std::{net::SocketAddr, sync::Arc};
use tokio::{io::AsyncWriteExt, net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// A certificate authority, and a server certificate that it issued.
pub(crate) struct Authority {
    pub(crate) root: Vec<u8>,
    config: Arc<ServerConfig>,
}

impl Authority {
    /// Issues a certificate for a server with these names.
    pub(crate) fn of(names: &[&str]) -> Self {
        Self::issue(names, |_| {})
    }

    /// Issues a certificate that expired long ago.
    pub(crate) fn expired(names: &[&str]) -> Self {
        Self::issue(names, |params| {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        })
    }

    fn issue(names: &[&str], adjust: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL regards a certificate as self-signed if its issuer has the same name.
        params
            .distinguished_name
            .push(DnType::CommonName, "gloaming's test authority");
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().to_vec();
        let issuer = Issuer::new(params, key);

        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names).unwrap();
        // Distinguishes authorities with the same name.
        params.use_authority_key_identifier_extension = true;
        adjust(&mut params);
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        Self {
            root,
            config: Arc::new(config),
        }
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }

    /// Serves on loopback: sends `greeting` on each connection, echoes one text, and ends the connection without a
    /// close frame.
    pub(crate) async fn serve(
        &self,
        greeting: &str,
        close: TlsClose,
    ) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = self.acceptor();
        let greeting = Message::text(greeting);
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // Clients disconnect if they reject the certificate or are done.
                let Ok(stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut socket = accept_async(stream).await.unwrap();
                let _ = socket.send(greeting.clone()).await;
                if let Some(Ok(text)) = socket.next().await {
                    let _ = socket.send(text).await;
                }
                if close == TlsClose::Notified {
                    let _ = socket.get_mut().shutdown().await;
                }
            }
        });
        (address, server)
    }
}

/// How a server closes a TLS stream.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum TlsClose {
    /// With `close_notify`.
    Notified,
    /// By closing the socket.
    Abrupt,
}

pub(crate) fn available_backends() -> impl Iterator<Item = TlsBackend> {
    TlsBackend::ALL
        .into_iter()
        .filter(|backend| backend.is_available())
}

/// Returns this backend with an added root.
pub(crate) fn trusting(backend: TlsBackend, root: &[u8]) -> Tls {
    Tls::with_backend(backend)
        .unwrap()
        .with_root_certificate(root)
        .unwrap()
}

pub(crate) async fn connect(tls: Tls, url: &str) -> Result<Box<dyn Transport>, ConnectError> {
    Connector::new(tls).connect(url).await
}
