//! Requests over HTTP, as a client in any language makes them.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Makes a request, for example `GET /api/v10/gateway`, with no token. Gives the status and the body; null for none.
pub(crate) async fn ask(emulator: &Emulator, request: &str, body: &Value) -> (u16, Value) {
    ask_with(emulator, request, "", body).await
}

/// The same with the bot's token.
pub(crate) async fn ask_as_bot(emulator: &Emulator, request: &str, body: &Value) -> (u16, Value) {
    let authorization = format!("Authorization: Bot {DEFAULT_TOKEN}\r\n");
    ask_with(emulator, request, &authorization, body).await
}

/// The same with any further headers.
pub(crate) async fn ask_with(
    emulator: &Emulator,
    request: &str,
    headers: &str,
    body: &Value,
) -> (u16, Value) {
    let host = emulator.rest_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
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
        assert_eq!(status, 204, "it says so if there is no body");
        return (status, Value::Null);
    }
    assert!(head.contains(&format!("content-length: {}", body.len())));
    (status, serde_json::from_str(body).unwrap())
}
