//! With each backend, TLS works through a proxy, also if the proxy itself uses TLS.
use crate::{
    harness::{Authority, Serve, TlsClose, available_backends, trusting},
    websocket_server::{read_request, receive, text},
};
use gloaming_shard::transport::{Connect, ConnectErrorKind, Connector, Proxy};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A proxy behind TLS that connects to one server for every request.
async fn serve(authority: &Authority, to: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let acceptor = authority.acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let Ok(mut client) = acceptor.accept(client).await else {
                continue;
            };
            let request = read_request(&mut client).await;
            assert!(
                request.starts_with("CONNECT gateway.test:443 "),
                "{request}"
            );
            let mut server = TcpStream::connect(to).await.unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
    });
    (address, server)
}

#[tokio::test]
async fn tls_to_the_gateway_works_inside_of_tls_to_the_proxy() {
    let of_gateway = Authority::of(&["gateway.test"]);
    let of_proxy = Authority::of(&["localhost"]);
    let (gateway_address, gateway) = of_gateway.serve("hello", TlsClose::Abrupt).await;
    let (proxy_address, proxy_server) = serve(&of_proxy, gateway_address).await;
    let proxy = Proxy::https_connect("localhost", proxy_address.port());

    for backend in available_backends() {
        let both = trusting(backend, &of_gateway.root)
            .with_root_certificate(&of_proxy.root)
            .unwrap();
        let connector = Connector::new(both).with_proxy(proxy.clone());
        let mut transport = connector.connect("wss://gateway.test/").await.unwrap();
        assert_eq!(text(receive(&mut *transport).await), "hello", "{backend}");
        // Both servers serve one connection at a time.
        drop(transport);

        // The error names the server that is not trusted.
        for (root, untrusted) in [
            (
                &of_gateway.root,
                format!("localhost:{}", proxy_address.port()),
            ),
            (&of_proxy.root, "gateway.test:443".to_owned()),
        ] {
            let connector = Connector::new(trusting(backend, root)).with_proxy(proxy.clone());
            let error = connector
                .connect("wss://gateway.test/")
                .await
                .err()
                .unwrap();
            assert!(
                matches!(
                    error.kind(),
                    ConnectErrorKind::Certificate | ConnectErrorKind::Tls
                ),
                "{error:?}"
            );
            assert_eq!(error.endpoint(), Some(&*untrusted), "{backend}");
        }
    }
    gateway.abort();
    proxy_server.abort();
}
