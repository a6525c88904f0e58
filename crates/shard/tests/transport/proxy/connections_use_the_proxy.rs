//! Connections use the proxy, with the host as named in the URL and with the configured credentials.
use crate::harness::{
    proxy_server::{Kind, ProxyServer, accept_http, accept_socks5},
    websocket_server::{TEXT, frame, read_frame, receive, send_text, text, upgrade},
};
use gloaming_shard::{
    tls::Tls,
    transport::{ByteStream, Connect, ConnectErrorKind, Connector, Proxy},
};
use std::error::Error;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
    net::TcpListener,
};

#[tokio::test]
async fn names_are_sent_with_and_without_credentials() {
    for kind in Kind::ALL {
        for credentials in [None, Some(("b@t", "p:ss w\u{f6}rd"))] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = upgrade(&mut stream).await;
                stream.write_all(&frame(TEXT, b"hello")).await.unwrap();
                (request, read_frame(&mut stream).await)
            });
            let proxy_server = ProxyServer::start(kind, credentials).await;
            let proxy = match credentials {
                Some((name, password)) => proxy_server
                    .proxy()
                    .with_credentials(name, password)
                    .unwrap(),
                None => proxy_server.proxy(),
            };

            // Only the proxy can resolve this name.
            let url = format!("ws://gateway.invalid:{port}/?v=10");
            let connector = Connector::new(Tls::plain()).with_proxy(proxy);
            let mut transport = connector.connect(&url).await.unwrap();
            assert_eq!(text(receive(&mut *transport).await), "hello");
            send_text(&mut *transport, "heartbeat").await.unwrap();

            let (request, sent) = server.await.unwrap();
            assert!(request.contains(&format!("Host: gateway.invalid:{port}\r\n")));
            assert!(!request.contains("Proxy-Authorization"), "{request}");
            assert_eq!(sent, (TEXT, b"heartbeat".to_vec()), "{kind:?}");
            assert_eq!(
                proxy_server.requested_hosts(),
                [format!("gateway.invalid:{port}")]
            );
        }
    }
}

#[tokio::test]
async fn addresses_are_sent_as_addresses() {
    for (host, expected) in [
        ("192.0.2.7", "192.0.2.7:443"),
        ("2001:db8::7", "[2001:db8::7]:443"),
        ("gateway.discord.gg", "gateway.discord.gg:443"),
    ] {
        for kind in Kind::ALL {
            let (ours, mut theirs) = duplex(1024);
            let asking = async move {
                let proxy = match kind {
                    Kind::HttpConnect => Proxy::http_connect("proxy.test", 80),
                    Kind::Socks5 => Proxy::socks5("proxy.test", 1080),
                };
                proxy.handshake(ours, host, 443).await.is_ok()
            };
            let answering = async move {
                match kind {
                    Kind::HttpConnect => accept_http(&mut theirs, None).await,
                    Kind::Socks5 => accept_socks5(&mut theirs, None).await,
                }
            };
            let (carried, requested) = tokio::join!(asking, answering);
            assert!(!carried, "it hung up");
            assert_eq!(requested.as_deref(), Some(expected), "{kind:?}");
        }
    }
}

/// Returns the client's side of a handshake with a proxy that sends `answer`, byte by byte if `torn`.
async fn connect_after(proxy: &Proxy, answer: &'static [u8], torn: bool) -> Box<dyn ByteStream> {
    let (ours, theirs) = duplex(if torn { 1 } else { 64 * 1024 });
    let (mut read, mut write) = tokio::io::split(theirs);
    tokio::spawn(async move { tokio::io::copy(&mut read, &mut tokio::io::sink()).await });
    tokio::spawn(async move { write.write_all(answer).await });
    proxy.handshake(ours, "gateway.test", 443).await.unwrap()
}

#[tokio::test]
async fn bytes_after_the_response_are_kept() {
    let http = Proxy::http_connect("proxy", 80);
    let socks5 = Proxy::socks5("proxy", 1080);
    for (proxy, answer) in [
        (&http, &b"HTTP/1.1 200 OK\r\n\r\nahead"[..]),
        (&http, b"HTTP/1.0 299 Fine\nA: b\n\nahead"),
        (
            &http,
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nahead",
        ),
        (
            &socks5,
            b"\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50ahead",
        ),
        (&socks5, b"\x05\x00\x05\x00\x00\x03\x02hi\x00\x50ahead"),
        (
            &socks5,
            b"\x05\x00\x05\x00\x00\x040123456789abcdef\x00\x50ahead",
        ),
    ] {
        for torn in [false, true] {
            let mut stream = connect_after(proxy, answer, torn).await;
            let mut ahead = [0; 5];
            stream.read_exact(&mut ahead).await.unwrap();
            assert_eq!(&ahead, b"ahead", "{proxy:?}, torn: {torn}");
        }
    }
}

#[tokio::test]
async fn https_proxy_requires_tls() {
    let connector = Connector::new(Tls::plain()).with_proxy(Proxy::https_connect("127.0.0.1", 1));
    let error = connector.connect("ws://gateway.test/").await.err().unwrap();
    assert_eq!(error.kind(), ConnectErrorKind::MissingTls);
    assert_eq!(error.endpoint(), Some("127.0.0.1:1"));
}

#[tokio::test]
async fn unreachable_proxy_is_not_fatal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    // Labels are at most 63 bytes long, so no name server is asked.
    for host in ["127.0.0.1", &"a".repeat(64)] {
        let connector = Connector::default().with_proxy(Proxy::socks5(host, port));
        let error = connector.connect("ws://gateway.test/").await.err().unwrap();
        assert_eq!(error.kind(), ConnectErrorKind::ProxyUnreachable);
        assert!(!error.is_fatal());
        assert_eq!(error.endpoint(), Some("gateway.test:80"));
        assert_eq!(error.proxy(), Some(&*format!("socks5h://{host}:{port}")));
        assert!(error.source().unwrap().source().is_some(), "{error:?}");
    }
}
