//! A web page on the same machine can't use the emulator: neither with an `Origin`, nor under a name of its own.

use gloaming_emulator::Emulator;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Requests of every kind: REST without and with effects, the control API, and what does not exist.
const REQUESTS: [&str; 6] = [
    "GET /control/sessions",
    "GET /control/bot-messages",
    "POST /control/reset-faults",
    "GET /api/v10/gateway",
    "POST /api/v10/channels/1/messages",
    "GET /",
];

/// Sends a head and returns the status and the response.
async fn send(address: &str, head: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    let mut chunk = [0; 1024];
    // A WebSocket stays open, so the response ends with its head.
    while !response.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0, "no response");
        response.extend_from_slice(&chunk[..read]);
    }
    if !response.starts_with(b"HTTP/1.1 101") {
        stream.read_to_end(&mut response).await.unwrap();
    }
    let response = String::from_utf8_lossy(&response).into_owned();
    let status = response.split(' ').nth(1).unwrap().parse().unwrap();
    (status, response)
}

fn request(request: &str, host: &str, headers: &str) -> String {
    format!("{request} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: 0\r\n\r\n")
}

fn upgrade(host: &str, headers: &str) -> String {
    format!(
        "GET /?v=10&encoding=json HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

fn hosts(emulator: &Emulator) -> [&str; 2] {
    [emulator.url(), emulator.resume_url()].map(|url| url.strip_prefix("ws://").unwrap())
}

#[tokio::test]
async fn origin_is_refused_everywhere() {
    let emulator = Emulator::builder().start().await.unwrap();
    let host = emulator.rest_host();
    for origin in ["https://evil.test", "http://localhost:3000", "null"] {
        let headers = format!("Origin: {origin}\r\n");
        for line in REQUESTS {
            let (status, response) = send(host, &request(line, host, &headers)).await;
            assert_eq!(status, 403, "{line}: {response}");
            assert!(
                response.contains(origin) && response.contains("--allow-origin"),
                "{response}"
            );
        }
        for host in hosts(&emulator) {
            let (status, response) = send(host, &upgrade(host, &headers)).await;
            assert_eq!(status, 403, "{response}");
            assert!(
                response.contains(origin) && response.contains("--allow-origin"),
                "{response}"
            );
        }
    }
    assert_eq!(emulator.stats().connections_opened, 0);
}

#[tokio::test]
async fn foreign_host_is_refused_everywhere() {
    let emulator = Emulator::builder().start().await.unwrap();
    for foreign in ["rebound.evil.test:8704", "192.168.0.1"] {
        for line in REQUESTS {
            let (status, response) = send(emulator.rest_host(), &request(line, foreign, "")).await;
            assert_eq!(status, 403, "{line}: {response}");
            assert!(
                response.contains(foreign) && response.contains("--allow-host"),
                "{response}"
            );
        }
        for host in hosts(&emulator) {
            let (status, response) = send(host, &upgrade(foreign, "")).await;
            assert_eq!(status, 403, "{response}");
            assert!(
                response.contains(foreign) && response.contains("--allow-host"),
                "{response}"
            );
        }
    }
    assert_eq!(emulator.stats().connections_opened, 0);
}

#[tokio::test]
async fn loopback_without_an_origin_is_accepted() {
    let emulator = Emulator::builder().start().await.unwrap();
    for host in [
        "localhost:1",
        "127.0.0.1",
        "[::1]:8704",
        "discord.localhost",
    ] {
        let sessions = request("GET /control/sessions", host, "");
        assert_eq!(send(emulator.rest_host(), &sessions).await.0, 200, "{host}");
        let address = hosts(&emulator)[0];
        assert_eq!(send(address, &upgrade(host, "")).await.0, 101, "{host}");
    }
}

#[tokio::test]
async fn allowed_host_and_origin_are_accepted() {
    let builder = Emulator::builder()
        .allow_host("emulator")
        .allow_origin("https://tests.example");
    let emulator = builder.start().await.unwrap();
    let headers = "Origin: https://tests.example\r\n";
    let sessions = request("GET /control/sessions", "emulator:8704", headers);
    assert_eq!(send(emulator.rest_host(), &sessions).await.0, 200);
    let address = hosts(&emulator)[0];
    assert_eq!(send(address, &upgrade("emulator", headers)).await.0, 101);
    assert_eq!(send(address, &upgrade("other", headers)).await.0, 403);
    assert_eq!(
        send(
            address,
            &upgrade("emulator", "Origin: https://evil.test\r\n")
        )
        .await
        .0,
        403
    );
}
