//! With each backend, an added root certificate is trusted, for names and for addresses.
use crate::{
    harness::{Authority, Serve, TlsClose, available_backends, connect, trusting},
    websocket_server::{receive, send_text, text},
};

#[tokio::test]
async fn each_backend_trusts_an_added_root() {
    let authority = Authority::of(&["localhost", "127.0.0.1"]);
    // Large enough for several TLS records and many reads.
    let greeting = "hello ".repeat(200_000);
    for close in [TlsClose::Notified, TlsClose::Abrupt] {
        let (address, server) = authority.serve(&greeting, close).await;
        for backend in available_backends() {
            let tls = trusting(backend, &authority.root);
            assert_eq!(tls.backend(), Some(backend));
            for host in ["localhost", "127.0.0.1"] {
                let url = format!("wss://{host}:{}/?v=10", address.port());
                let mut transport = connect(tls.clone(), &url).await.unwrap();
                assert_eq!(text(receive(&mut *transport).await), greeting);
                send_text(&mut *transport, "heartbeat").await.unwrap();
                assert_eq!(text(receive(&mut *transport).await), "heartbeat");
                assert!(receive(&mut *transport).await.is_none(), "{backend}");
            }
        }
        server.abort();
    }
}

#[tokio::test]
async fn several_added_roots_are_trusted() {
    let first = Authority::of(&["localhost"]);
    let second = Authority::of(&["localhost"]);
    for backend in available_backends() {
        let tls = trusting(backend, &first.root)
            .with_root_certificate(&second.root)
            .unwrap();
        for authority in [&first, &second] {
            let (address, server) = authority.serve("hello", TlsClose::Notified).await;
            let url = format!("wss://localhost:{}", address.port());
            assert!(connect(tls.clone(), &url).await.is_ok());
            server.abort();
        }
    }
}
