//! Custom configurations of TLS libraries are used unchanged.
use crate::harness::{Authority, Serve, TlsClose, connect};
use gloaming_shard::tls::{Tls, TlsErrorKind};

async fn check(tls: impl Fn(&[u8]) -> Tls) {
    let authority = Authority::of(&["localhost"]);
    let (address, server) = authority.serve("hello", TlsClose::Notified).await;
    let url = format!("wss://localhost:{}", address.port());

    let given = tls(&authority.root);
    assert_eq!(given.backend(), None);
    assert!(!given.is_plain());
    assert!(connect(given.clone(), &url).await.is_ok());
    let other = tls(&Authority::of(&["localhost"]).root);
    assert!(connect(other, &url).await.is_err());

    let error = given.with_root_certificate(&authority.root).unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::NotExtensible);
    server.abort();
}

#[cfg(feature = "__rustls")]
#[tokio::test]
async fn rustls_configuration_is_used() {
    use rustls::{ClientConfig, RootCertStore};
    use std::sync::Arc;

    check(|root| {
        let mut roots = RootCertStore::empty();
        roots.add(root.to_vec().into()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Tls::rustls(Arc::new(config))
    })
    .await;
}

#[cfg(feature = "native-tls")]
#[tokio::test]
async fn native_tls_connector_is_used() {
    check(|root| {
        let connector = native_tls::TlsConnector::builder()
            .disable_built_in_roots(true)
            .add_root_certificate(native_tls::Certificate::from_der(root).unwrap())
            .build()
            .unwrap();
        Tls::native(connector)
    })
    .await;
}
