//! `/gateway` and `/gateway/bot` return the URL and the limits (P2).

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::{Value, json};

use crate::harness::{http_request, http_request_as_bot, http_request_with};

/// P2.
#[tokio::test]
async fn gateway_needs_no_token() {
    let emulator = Emulator::builder().start().await.unwrap();
    let (status, body) = http_request(&emulator, "GET /api/v10/gateway", &Value::Null).await;
    assert_eq!((status, body), (200, json!({"url": emulator.url()})));
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
    let (status, body) =
        http_request_as_bot(&emulator, "GET /api/v10/gateway/bot", &Value::Null).await;
    assert_eq!(status, 200);
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
async fn wrong_token_is_401() {
    let emulator = Emulator::builder().start().await.unwrap();
    let wrong = [
        "",
        "Authorization: Bot wrong\r\n",
        &format!("Authorization: {DEFAULT_TOKEN}\r\n"),
    ];
    for authorization in wrong {
        let request = "GET /api/v10/gateway/bot";
        let (status, body) =
            http_request_with(&emulator, request, authorization, &Value::Null).await;
        assert_eq!(
            (status, body),
            (401, json!({"message": "401: Unauthorized", "code": 0}))
        );
    }
}

#[tokio::test]
async fn other_paths_are_404() {
    let emulator = Emulator::builder().start().await.unwrap();
    for path in ["/", "/gateway", "/api/v10/user/@you"] {
        let (status, _) = http_request(&emulator, &format!("GET {path}"), &Value::Null).await;
        assert_eq!(status, 404, "{path}");
    }
}
