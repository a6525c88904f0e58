//! Failed WebSocket handshakes are typed errors.
use crate::harness::websocket_server::{
    TEXT, URL, frame, read_request, receive, refused_with, text, upgrade,
};
use gloaming_shard::transport::{
    ConnectErrorKind, DEFAULT_MAX_MESSAGE_BYTES, Transport, WebSocket,
};
use std::{error::Error, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn http_status_is_reported() {
    for status in [401, 403, 404, 426, 429, 500, 503, 302, 200] {
        let response = format!("HTTP/1.1 {status} Some Words\r\nContent-Length: 4\r\n\r\nbody");
        let error = refused_with(response.as_bytes()).await;
        assert_eq!(error.kind(), ConnectErrorKind::Handshake { status });
        assert!(
            !error.is_fatal(),
            "another attempt or another host may succeed"
        );
        let message = error.to_string();
        assert!(message.contains(&status.to_string()), "{message}");
        assert!(message.contains("gateway.test:80"), "{message}");
    }
}

#[tokio::test]
async fn retry_after_is_read_where_it_may_stand() {
    let wait = Some(Duration::from_secs(82_721));
    for (head, body, expected) in [
        ("429 Too Many Requests\r\nRetry-After: 82721", "", wait),
        ("503 Service Unavailable\r\nretry-after: 82721.0", "", wait),
        (
            "429 Too Many Requests\r\nRetry-After: 1",
            "",
            Some(Duration::from_secs(1)),
        ),
        ("429 Too Many Requests\r\nRetry-After: soon", "", None),
        ("429 Too Many Requests\r\nRetry-After: -1", "", None),
        ("429 Too Many Requests", "error code: 1015", None),
        ("403 Forbidden\r\nRetry-After: 82721", "", None),
    ] {
        let length = body.len();
        let response = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}");
        let error = refused_with(response.as_bytes()).await;
        assert_eq!(error.retry_after(), expected, "{head}");
        if expected.is_some() {
            assert!(error.to_string().contains("asks to wait"), "{error}");
        }
    }
}

#[tokio::test]
async fn other_responses_are_reported() {
    for response in [
        &b""[..],
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
          Sec-WebSocket-Accept: wrong\r\n\r\n",
        b"HTTP/1.1 101 Switch",
        &[b'a'; 60_000],
    ] {
        let error = refused_with(response).await;
        assert_eq!(error.kind(), ConnectErrorKind::NotWebSocket);
        assert!(!error.is_fatal());
        assert!(error.source().is_some());
    }
}

#[tokio::test]
async fn endless_headers_are_cut_off() {
    let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
    let server = tokio::spawn(async move {
        read_request(&mut theirs).await;
        theirs
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\n")
            .await
            .unwrap();
        while theirs.write_all(b"X-More: and more\r\n").await.is_ok() {}
    });
    let error = WebSocket::handshake(ours, URL, DEFAULT_MAX_MESSAGE_BYTES)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::NotWebSocket);
    server.await.unwrap();
}

#[tokio::test]
async fn request_contains_path_and_query() {
    let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
    let url = "ws://gateway.test:7878/some/path?v=10&encoding=json&compress=zlib-stream";
    let (socket, request) = tokio::join!(
        WebSocket::handshake(ours, url, DEFAULT_MAX_MESSAGE_BYTES),
        upgrade(&mut theirs)
    );
    assert!(socket.is_ok());
    let mut lines = request.lines();
    assert_eq!(
        lines.next(),
        Some("GET /some/path?v=10&encoding=json&compress=zlib-stream HTTP/1.1")
    );
    assert!(request.contains("Host: gateway.test:7878\r\n"), "{request}");
}

#[tokio::test]
async fn dropped_handshake_closes_the_stream() {
    let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
    let connecting = tokio::spawn(WebSocket::handshake(ours, URL, DEFAULT_MAX_MESSAGE_BYTES));
    read_request(&mut theirs).await;
    connecting.abort();
    assert_eq!(theirs.read(&mut [0; 16]).await.unwrap(), 0);
}

#[tokio::test]
async fn message_directly_after_the_response_is_received() {
    let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
    let server = async {
        upgrade(&mut theirs).await;
        theirs.write_all(&frame(TEXT, b"hello")).await.unwrap();
    };
    let (socket, ()) = tokio::join!(
        WebSocket::handshake(ours, URL, DEFAULT_MAX_MESSAGE_BYTES),
        server
    );
    let mut socket: Box<dyn Transport> = Box::new(socket.unwrap());
    assert_eq!(text(receive(&mut *socket).await), "hello");
}
