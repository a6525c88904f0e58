use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The status and the body of a GET.
pub(crate) async fn get(emulator: &Emulator, path: &str, authorization: &str) -> (String, Value) {
    let host = emulator.rest_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", body.len())));
    (
        head.split(' ').nth(1).unwrap().to_owned(),
        serde_json::from_str(body).unwrap(),
    )
}

/// P2.
#[tokio::test]
async fn gateway_needs_no_token() {
    let emulator = Emulator::builder().start().await.unwrap();
    let (status, body) = get(&emulator, "/api/v10/gateway", "").await;
    assert_eq!(
        (status.as_str(), body),
        ("200", json!({"url": emulator.url()}))
    );
}

/// P2.
#[tokio::test]
async fn gateway_bot_has_the_limits() {
    let emulator = Emulator::builder()
        .shards(4)
        .max_concurrency(16)
        .session_starts(2000, 12)
        .tls(true)
        .start()
        .await
        .unwrap();
    let bot = format!("Authorization: Bot {DEFAULT_TOKEN}\r\n");
    let (status, body) = get(&emulator, "/api/v10/gateway/bot", &bot).await;
    assert_eq!(status, "200");
    assert_eq!(
        (&body["url"], &body["shards"]),
        (&json!(emulator.wss_url()), &json!(4))
    );
    let limit = &body["session_start_limit"];
    assert_eq!(
        (
            &limit["total"],
            &limit["remaining"],
            &limit["max_concurrency"]
        ),
        (&json!(2000), &json!(12), &json!(16))
    );
    let reset_after = limit["reset_after"].as_u64().unwrap();
    assert!((86_000_000..=86_400_000).contains(&reset_after));
    assert_eq!(emulator.stats().rest_requests, 1);
}

#[tokio::test]
async fn a_wrong_token_is_401() {
    let emulator = Emulator::builder().start().await.unwrap();
    let wrong = [
        "",
        "Authorization: Bot wrong\r\n",
        &format!("Authorization: {DEFAULT_TOKEN}\r\n"),
    ];
    for authorization in wrong {
        let (status, body) = get(&emulator, "/api/v10/gateway/bot", authorization).await;
        assert_eq!(
            (status.as_str(), body),
            ("401", json!({"message": "401: Unauthorized", "code": 0}))
        );
    }
}

#[tokio::test]
async fn other_paths_are_404() {
    let emulator = Emulator::builder().start().await.unwrap();
    for path in ["/", "/gateway", "/api/v10/users/@you"] {
        assert_eq!(get(&emulator, path, "").await.0, "404", "{path}");
    }
}
