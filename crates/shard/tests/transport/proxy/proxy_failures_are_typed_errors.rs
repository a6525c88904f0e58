//! Failures of proxies are typed errors without credentials.
use gloaming_shard::transport::{ConnectError, ConnectErrorKind, Proxy};
use std::error::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

fn http() -> Proxy {
    Proxy::parse("http://bot:secret@proxy.test").unwrap()
}

fn socks5() -> Proxy {
    Proxy::parse("socks5://bot:secret@proxy.test").unwrap()
}

/// Returns the error if the proxy sends `answer` and closes the stream.
async fn refused(proxy: &Proxy, answer: &[u8]) -> ConnectError {
    let (ours, theirs) = duplex(64 * 1024);
    let answer = answer.to_vec();
    let server = tokio::spawn(send(theirs, answer));
    let error = proxy
        .handshake(ours, "gateway.test", 443)
        .await
        .err()
        .unwrap();
    server.abort();
    assert!(!error.is_fatal(), "proxy errors are not fatal: {error:?}");
    assert_eq!(error.endpoint(), Some("gateway.test:443"));
    assert_eq!(error.proxy(), Some(&*proxy.to_string()));
    let shown = format!("{error} {error:?} {:?} {proxy:?}", error.source());
    assert!(!shown.contains("secret"), "{shown}");
    assert!(!shown.contains("Ym90OnNlY3JldA"), "{shown}");
    assert!(error.to_string().contains("proxy.test"), "{error}");
    error
}

async fn send(mut stream: DuplexStream, answer: Vec<u8>) {
    stream.write_all(&answer).await.unwrap();
    stream.shutdown().await.unwrap();
    // Reads until the other side closes the stream.
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn http_status_is_reported() {
    for status in [301, 400, 403, 404, 405, 429, 500, 502, 503, 504, 599] {
        let answer = format!("HTTP/1.1 {status} Some Words\r\nContent-Length: 4\r\n\r\nbody");
        let error = refused(&http(), answer.as_bytes()).await;
        assert_eq!(error.kind(), ConnectErrorKind::ProxyStatus { status });
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
}

#[tokio::test]
async fn http_status_407_is_a_credentials_error() {
    let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
    for (proxy, said) in [
        (http(), "rejected the credentials"),
        (
            Proxy::http_connect("proxy.test", 80),
            "requires credentials",
        ),
    ] {
        let error = refused(&proxy, answer).await;
        assert_eq!(error.kind(), ConnectErrorKind::ProxyCredentials);
        let source = error.source().unwrap().to_string();
        assert!(source.contains(said) && source.contains("407"), "{source}");
    }
}

#[tokio::test]
async fn socks5_reply_is_reported() {
    for reply in 1..=255 {
        let answer = [5, 0, 5, reply, 0, 1, 0, 0, 0, 0, 0, 0];
        let error = refused(&socks5(), &answer).await;
        assert_eq!(error.kind(), ConnectErrorKind::ProxyReply { reply });
        assert!(error.to_string().contains(&reply.to_string()), "{error}");
    }
}

#[tokio::test]
async fn socks5_authentication_failure_is_a_credentials_error() {
    for (proxy, answer) in [
        (socks5(), &[5, 2, 1, 1][..]),
        (socks5(), &[5, 2, 1, 0xff]),
        (socks5(), &[5, 0xff]),
        (Proxy::socks5("proxy.test", 1080), &[5, 0xff]),
    ] {
        let error = refused(&proxy, answer).await;
        assert_eq!(error.kind(), ConnectErrorKind::ProxyCredentials);
        assert!(error.source().is_some());
    }
}

#[tokio::test]
async fn other_servers_are_not_proxies() {
    let whole = b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n";
    for length in 0..whole.len() {
        let error = refused(&http(), &whole[..length]).await;
        assert_eq!(error.kind(), ConnectErrorKind::NotProxy, "{length}");
        assert!(error.source().is_some());
    }
    let whole = [5, 2, 1, 0, 5, 0, 0, 3, 2, b'h', b'i', 0, 80];
    for length in 0..whole.len() {
        let error = refused(&socks5(), &whole[..length]).await;
        assert_eq!(error.kind(), ConnectErrorKind::NotProxy, "{length}");
        assert!(error.source().is_some());
    }
    for answer in [
        &b"SSH-2.0-OpenSSH_9.9\r\n\r\n"[..],
        b"\x05\x00\r\n\r\n",
        b"HTTP/1.1 OK 200\r\n\r\n",
    ] {
        let error = refused(&http(), answer).await;
        assert_eq!(error.kind(), ConnectErrorKind::NotProxy);
    }
    for answer in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        &[4, 0],
        // GSSAPI, which was not offered.
        &[5, 1],
        &[5, 2, 5, 0],
        &[5, 0, 4, 0, 0, 1],
        &[5, 0, 5, 0, 0, 2],
    ] {
        let error = refused(&socks5(), answer).await;
        assert_eq!(error.kind(), ConnectErrorKind::NotProxy, "{answer:?}");
    }
    let unasked = Proxy::socks5("proxy.test", 1080);
    let error = refused(&unasked, &[5, 2]).await;
    assert_eq!(error.kind(), ConnectErrorKind::NotProxy);
}

#[tokio::test]
async fn endless_responses_are_cut_off() {
    for line in [
        "X-More: and more\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "\r\n",
    ] {
        let (ours, mut theirs) = duplex(1024);
        let server = tokio::spawn(async move {
            let mut sent = 0;
            if line.starts_with('X') {
                theirs.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
            }
            while theirs.write_all(line.as_bytes()).await.is_ok() {
                sent += line.len();
            }
            sent
        });
        let error = http().handshake(ours, "h", 443).await.err().unwrap();
        assert_eq!(error.kind(), ConnectErrorKind::NotProxy);
        let sent = server.await.unwrap();
        assert!((15_000..20_000).contains(&sent), "{line:?}: {sent} bytes");
    }
}

#[tokio::test]
async fn unsendable_hosts_are_rejected() {
    let long = "a".repeat(256);
    for (proxy, host) in [
        (http(), "gateway.test\r\nX: y"),
        (http(), "gateway test"),
        (http(), ""),
        (socks5(), ""),
        (socks5(), &long),
    ] {
        let (ours, mut theirs) = duplex(1024);
        let error = proxy.handshake(ours, host, 443).await.err().unwrap();
        assert_eq!(error.kind(), ConnectErrorKind::Url);
        let mut sent = Vec::new();
        theirs.read_to_end(&mut sent).await.unwrap();
        assert_eq!(sent, b"", "nothing is sent");
    }
}

#[tokio::test]
async fn dropped_handshake_closes_the_stream() {
    for proxy in [http(), socks5()] {
        let (ours, mut theirs) = duplex(1024);
        let asking = tokio::spawn(async move { proxy.handshake(ours, "h", 443).await.is_ok() });
        theirs.read_u8().await.unwrap();
        asking.abort();
        theirs.read_to_end(&mut Vec::new()).await.unwrap();
    }
}
