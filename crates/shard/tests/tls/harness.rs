//! A TLS server with a certificate authority of the tests.
#![allow(dead_code, unused_imports, reason = "each test uses some of it")]

use futures_util::{SinkExt, StreamExt};
use gloaming_shard::tls::{Tls, TlsBackend};
use gloaming_shard::transport::{Connect, ConnectError, Connector, Transport};
pub(crate) use gloaming_test_support::tls::Authority;
use std::net::SocketAddr;
use tokio::{io::AsyncWriteExt, net::TcpListener, task::JoinHandle};
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// A server with the certificate of an authority.
pub(crate) trait Serve {
    /// Serves on loopback: sends `greeting` on each connection, echoes one text, and ends the connection without a
    /// close frame.
    async fn serve(&self, greeting: &str, close: TlsClose) -> (SocketAddr, JoinHandle<()>);
}

impl Serve for Authority {
    async fn serve(&self, greeting: &str, close: TlsClose) -> (SocketAddr, JoinHandle<()>) {
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
