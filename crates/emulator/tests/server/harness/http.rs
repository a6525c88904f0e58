//! HTTP requests, as a client in any language sends them.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends a request, for example `GET /api/v10/gateway`, without a token. Returns the status and the body, or null.
pub(crate) async fn http_request(emulator: &Emulator, request: &str, body: &Value) -> (u16, Value) {
    http_request_with(emulator, request, "", body).await
}

/// As [`http_request`], with the token of the bot.
pub(crate) async fn http_request_as_bot(
    emulator: &Emulator,
    request: &str,
    body: &Value,
) -> (u16, Value) {
    let authorization = format!("Authorization: Bot {DEFAULT_TOKEN}\r\n");
    http_request_with(emulator, request, &authorization, body).await
}

/// As [`http_request`], with further headers.
pub(crate) async fn http_request_with(
    emulator: &Emulator,
    request: &str,
    headers: &str,
    body: &Value,
) -> (u16, Value) {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    http_request_with_text(emulator, request, headers, &body).await
}

/// As [`http_request_with`], with any body.
pub(crate) async fn http_request_with_text(
    emulator: &Emulator,
    request: &str,
    headers: &str,
    body: &str,
) -> (u16, Value) {
    let host = emulator.rest_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "{request} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    if body.is_empty() {
        assert_eq!(status, 204, "only 204 has no body");
        return (status, Value::Null);
    }
    assert!(head.contains(&format!("content-length: {}", body.len())));
    (status, serde_json::from_str(body).unwrap())
}
