//! The request for the number of shards, answered by a REST server on loopback.

use super::{SECRET, Texts};
use gloaming::{
    ConfigBuilder, GatewayInfoPolicy, GatewayInfoRequest, Intents,
    error::{GatewayInfoError, StartRecommendedError},
    machine::BackoffPolicy,
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};

pub(super) async fn add(texts: &mut Texts) {
    for (kind, status, headers, body) in [
        ("Token", "401 Unauthorized", "", "{}"),
        ("Forbidden", "403 Forbidden", "", "{}"),
        ("Rejected", "404 Not Found", "", "{}"),
        (
            "RateLimited",
            "429 Too Many Requests",
            "",
            "error code: 1015",
        ),
        (
            "RateLimited (with Retry-After)",
            "429 Too Many Requests",
            "Retry-After: 82721\r\n",
            "error code: 1015",
        ),
        ("Unavailable", "502 Bad Gateway", "", "<html>"),
        ("Undecodable", "200 OK", "", "<html>"),
        (
            "NoShards",
            "200 OK",
            "",
            r#"{"url":"wss://gateway.discord.gg/","shards":0,"session_start_limit":{"total":1000,
            "remaining":999,"reset_after":14400000,"max_concurrency":1}}"#,
        ),
    ] {
        let length = body.len();
        let response =
            format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        add_error(texts, kind, &response).await;
    }
    add_error(texts, "Unreachable", "").await;
    let config = ConfigBuilder::new(SECRET.to_owned(), Intents::empty())
        .api_url("ftp://discord.test")
        .build();
    let error = GatewayInfoRequest::new(&config).send().await.unwrap_err();
    texts.add("GatewayInfoErrorKind::Misconfigured", &error);
}

/// Adds the error that a server leads to which answers with this, or closes the connection if it is empty.
async fn add_error(texts: &mut Texts, kind: &str, response: &str) {
    let (url, server) = serve(response).await;
    // The deadline passes before the second attempt.
    let mut policy = GatewayInfoPolicy::default();
    policy.deadline = Duration::from_secs(60);
    policy.unusable_responses = 1;
    let mut backoff = BackoffPolicy::default();
    backoff.base = Duration::from_secs(100 * 24 * 3_600);
    backoff.cap = backoff.base;
    let config = ConfigBuilder::new(SECRET.to_owned(), Intents::empty())
        .api_url(url)
        .gateway_info(policy)
        .backoff(backoff)
        .build();
    let error = GatewayInfoRequest::new(&config).send().await.unwrap_err();
    server.abort();
    let row = format!("GatewayInfoErrorKind::{kind}");
    texts.add(&row, &without_times(&error));
    let expected = kind.split(' ').next().unwrap_or_default();
    assert_eq!(format!("{:?}", error.kind()), expected, "{error}");

    if let "Token" | "Undecodable" | "NoShards" = kind {
        let text = StartRecommendedError::from(error).to_string();
        let text = text.split(" (1 attempt, ").next().unwrap_or_default();
        let kind = match kind {
            "Token" => "Request",
            "Undecodable" => "Deserializing",
            other => other,
        };
        texts.add(&format!("StartRecommendedErrorKind::{kind}"), &text);
    }
}

/// Starts a server that answers each request with this, and returns its URL.
pub(super) async fn serve(response: &str) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let response = response.to_owned();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4_096];
            let read = stream.read(&mut request).await.unwrap();
            assert!(read > 0);
            stream.write_all(response.as_bytes()).await.unwrap();
        }
    });
    (url, server)
}

/// Returns the text without the number of attempts and the time, and without a cause that comes from elsewhere: they
/// differ from run to run.
fn without_times(error: &GatewayInfoError) -> String {
    let text = error.to_string();
    let (text, _) = text.rsplit_once(" (1 attempt, ").expect("the attempts");
    text.to_owned()
}
