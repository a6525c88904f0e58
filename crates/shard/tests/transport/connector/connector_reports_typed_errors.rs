//! The connector over loopback TCP connects, and reports failures as typed errors.
use crate::harness::websocket_server::{
    TEXT, error, frame, read_frame, receive, send_text, text, upgrade,
};
use gloaming_shard::{
    tls::Tls,
    transport::{Connect, ConnectErrorKind, Connector, TransportErrorKind},
};
use std::{error::Error, net::SocketAddr};
use tokio::{io::AsyncWriteExt, net::TcpListener};

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn messages_are_exchanged() {
    let (listener, address) = listen().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = upgrade(&mut stream).await;
        stream.write_all(&frame(TEXT, b"hello")).await.unwrap();
        (request, read_frame(&mut stream).await)
    });

    let url = format!("ws://localhost:{}/?v=10", address.port());
    let mut transport = Connector::default().connect(&url).await.unwrap();
    assert_eq!(text(receive(&mut *transport).await), "hello");
    send_text(&mut *transport, "heartbeat").await.unwrap();

    let (request, sent) = server.await.unwrap();
    assert!(request.starts_with("GET /?v=10 HTTP/1.1\r\n"), "{request}");
    assert_eq!(sent, (TEXT, b"heartbeat".to_vec()));
}

#[tokio::test]
async fn ipv6_addresses_are_supported() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        // This machine has no IPv6.
        return;
    };
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    assert!(url.starts_with("ws://[::1]:"), "{url}");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        upgrade(&mut stream).await
    });
    assert!(Connector::default().connect(&url).await.is_ok());
    let host = url.trim_start_matches("ws://").trim_end_matches('/');
    let request = server.await.unwrap();
    assert!(request.contains(&format!("Host: {host}\r\n")), "{request}");
}

#[tokio::test]
async fn message_size_limit_applies() {
    let (listener, address) = listen().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        upgrade(&mut stream).await;
        stream.write_all(&frame(TEXT, &[b'x'; 101])).await.unwrap();
        stream
    });
    let connector = Connector::new(Tls::plain()).with_max_message_bytes(100);
    let mut transport = connector.connect(&format!("ws://{address}")).await.unwrap();
    let kind = TransportErrorKind::MessageTooLong {
        bytes: 101,
        limit: 100,
    };
    assert_eq!(error(receive(&mut *transport).await).kind(), kind);
    server.await.unwrap();
}

#[tokio::test]
async fn unreachable_host_is_not_fatal() {
    let (listener, address) = listen().await;
    drop(listener);
    let error = connect_error(&format!("ws://{address}/?v=10")).await;
    assert_eq!(error.kind(), ConnectErrorKind::Tcp);
    assert!(!error.is_fatal());
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert!(error.source().unwrap().to_string().contains("refused"));
}

#[tokio::test]
async fn unknown_name_is_not_fatal() {
    // Labels are at most 63 bytes long, so no name server is asked.
    let error = connect_error(&format!("wss://{}.test/", "a".repeat(64))).await;
    let kind = if Tls::default().is_plain() {
        ConnectErrorKind::MissingTls
    } else {
        ConnectErrorKind::Resolve
    };
    assert_eq!(error.kind(), kind);
}

#[tokio::test]
async fn unusable_url_is_fatal() {
    for url in [
        "",
        "discord.gg",
        "https://discord.gg/",
        "ws://",
        "ws://h:port/",
    ] {
        let error = connect_error(url).await;
        assert_eq!(error.kind(), ConnectErrorKind::Url, "{url}");
        assert!(error.is_fatal());
    }
}

#[tokio::test]
async fn wss_without_tls_is_fatal_and_does_not_connect() {
    let (listener, address) = listen().await;
    let error = Connector::new(Tls::plain())
        .connect(&format!("wss://{address}/"))
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind(), ConnectErrorKind::MissingTls);
    assert!(error.is_fatal());
    assert!(error.to_string().contains("rustls-native-roots"), "{error}");
    let accepted = futures_util::FutureExt::now_or_never(listener.accept());
    assert!(accepted.is_none());
}

#[tokio::test]
async fn disconnect_during_the_handshake_is_reported() {
    let (listener, address) = listen().await;
    let server = tokio::spawn(async move { drop(listener.accept().await.unwrap()) });
    let error = connect_error(&format!("ws://{address}/")).await;
    assert_eq!(error.kind(), ConnectErrorKind::NotWebSocket);
    server.await.unwrap();
}

async fn connect_error(url: &str) -> gloaming_shard::transport::ConnectError {
    match Connector::default().connect(url).await {
        Ok(_) => panic!("{url} can be connected to"),
        Err(error) => error,
    }
}
