//! With each backend, servers whose certificate is not trusted, or is for another name, are rejected.
use crate::harness::{Authority, Serve, TlsClose, available_backends, connect, trusting};
use gloaming_shard::{
    tls::TlsBackend,
    transport::{ConnectError, ConnectErrorKind},
};
use std::error::Error;
use tokio::{io::AsyncWriteExt, net::TcpListener};

#[track_caller]
fn check_rejection(backend: TlsBackend, error: &ConnectError, host: &str) {
    let kind = match backend {
        TlsBackend::NativeTls => ConnectErrorKind::Tls,
        _ => ConnectErrorKind::Certificate,
    };
    assert_eq!(error.kind(), kind, "{error:?}");
    // Not fatal, since the server's certificate may be renewed at any time.
    assert!(!error.is_fatal());
    assert!(error.to_string().contains(host), "{error}");
    assert!(error.source().is_some());
}

#[tokio::test]
async fn unknown_root_is_rejected() {
    let other = Authority::of(&["localhost"]);
    let (address, server) = Authority::of(&["localhost"])
        .serve("hello", TlsClose::Notified)
        .await;
    let host = format!("localhost:{}", address.port());
    for backend in available_backends() {
        let tls = trusting(backend, &other.root);
        let error = connect(tls, &format!("wss://{host}/")).await.err().unwrap();
        check_rejection(backend, &error, &host);
    }
    server.abort();
}

#[tokio::test]
async fn certificate_for_another_name_is_rejected() {
    let authority = Authority::of(&["gateway.test", "127.0.0.1"]);
    let (address, server) = authority.serve("hello", TlsClose::Notified).await;
    let host = format!("localhost:{}", address.port());
    for backend in available_backends() {
        let tls = trusting(backend, &authority.root);
        let error = connect(tls, &format!("wss://{host}/")).await.err().unwrap();
        check_rejection(backend, &error, &host);
    }
    server.abort();
}

#[tokio::test]
async fn server_without_tls_is_rejected() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .unwrap();
        }
    });
    let root = Authority::of(&["localhost"]).root;
    for backend in available_backends() {
        let error = connect(trusting(backend, &root), &url).await.err().unwrap();
        let kind = match backend {
            TlsBackend::NativeTls => ConnectErrorKind::Tls,
            _ => ConnectErrorKind::NotTls,
        };
        assert_eq!(error.kind(), kind, "{backend}");
        assert!(!error.is_fatal());
        assert!(error.to_string().contains("check"), "{error}");
        assert!(error.to_string().contains("port"), "{error}");
    }
    server.abort();
}

#[tokio::test]
async fn each_reason_has_advice_of_its_own() {
    let trusted = Authority::of(&["gateway.test"]);
    let expired = Authority::expired(&["localhost"]);
    let unknown = Authority::of(&["localhost"]);
    for (authority, root, advice) in [
        (&trusted, &trusted.root, "it is for another host"),
        (&expired, &expired.root, "check the clock"),
        (&unknown, &trusted.root, "does not know its issuer"),
    ] {
        let (address, server) = authority.serve("hello", TlsClose::Notified).await;
        let url = format!("wss://localhost:{}/", address.port());
        for backend in available_backends() {
            let error = connect(trusting(backend, root), &url).await.err().unwrap();
            let text = error.to_string();
            match backend {
                // It gives no reason.
                TlsBackend::NativeTls => assert!(text.contains("check the clock"), "{text}"),
                _ => assert!(text.contains(advice), "{backend}: {text}"),
            }
        }
        server.abort();
    }
}
