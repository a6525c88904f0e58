//! The process-wide crypto provider of rustls is neither needed nor used.
//!
//! The test has a process of its own, since the provider can be set once.
#![cfg(feature = "__rustls")]

#[path = "tls/harness.rs"]
mod harness;

use harness::{Authority, Serve, TlsClose, available_backends, connect, trusting};
use rustls::crypto::CryptoProvider;

#[tokio::test]
async fn with_none_and_with_an_unusable_one() {
    let authority = Authority::of(&["localhost"]);
    let (address, server) = authority.serve("hello", TlsClose::Notified).await;
    let url = format!("wss://localhost:{}", address.port());

    for backend in available_backends() {
        assert!(
            connect(trusting(backend, &authority.root), &url)
                .await
                .is_ok()
        );
    }
    assert!(
        CryptoProvider::get_default().is_none(),
        "none was installed"
    );

    let mut unusable = rustls::crypto::ring::default_provider();
    unusable.cipher_suites.clear();
    unusable.install_default().unwrap();
    for backend in available_backends() {
        assert!(
            connect(trusting(backend, &authority.root), &url)
                .await
                .is_ok()
        );
    }
    server.abort();
}
