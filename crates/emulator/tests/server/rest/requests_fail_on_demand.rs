//! Requests fail with rate limits and errors of servers, as often as a test demands.

use std::time::Duration;

use gloaming_emulator::{
    DEFAULT_TOKEN, Emulator, RestRoute,
    scenario::{FailureAnswer, RateLimitScope, RequestFailure, Scenario},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::http_request;

/// The status, the head in lower case, and the body of a response.
async fn send(emulator: &Emulator, request: &str) -> (u16, String, String) {
    let host = emulator.rest_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request =
        format!("{request} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bot {DEFAULT_TOKEN}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

fn limit(scope: RateLimitScope) -> FailureAnswer {
    let retry_after = Duration::from_millis(1250);
    FailureAnswer::RateLimit { scope, retry_after }
}

#[tokio::test]
async fn rate_limits_have_the_headers_of_discord() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    for (scope, name, message) in [
        (RateLimitScope::User, "user", "You are being rate limited."),
        (
            RateLimitScope::Shared,
            "shared",
            "The resource is being rate limited.",
        ),
        (
            RateLimitScope::Global,
            "global",
            "You are being rate limited.",
        ),
    ] {
        emulator.fail_requests(RequestFailure::new(1, limit(scope)));
        let (status, head, body) = send(&emulator, "GET /api/v10/users/@me").await;
        let is_global = scope == RateLimitScope::Global;
        let expected = json!({"message": message, "retry_after": 1.25, "global": is_global});
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, body), (429, expected));
        assert!(head.contains("\r\nretry-after: 2\r\n"), "{head}");
        assert!(
            head.contains(&format!("\r\nx-ratelimit-scope: {name}")),
            "{head}"
        );
        assert_eq!(head.contains("\r\nx-ratelimit-global: true\r\n"), is_global);
        assert_eq!(
            head.contains("\r\nx-ratelimit-reset-after: 1.250\r\n"),
            !is_global
        );
        assert_eq!(head.contains("\r\nx-ratelimit-bucket: "), !is_global);
        assert_eq!(send(&emulator, "GET /api/v10/users/@me").await.0, 200);
    }
    assert_eq!(emulator.stats().requests_failed, 3);
}

#[tokio::test]
async fn pages_of_proxies_are_not_json() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let retry_after = Duration::from_secs(7);
    emulator.fail_requests(RequestFailure::new(
        1,
        FailureAnswer::Cloudflare { retry_after },
    ));
    let (status, head, body) = send(&emulator, "GET /api/v10/gateway").await;
    assert_eq!(status, 429);
    assert!(
        head.contains("\r\nretry-after: 7\r\n") && head.contains("\r\ncontent-type: text/html")
    );
    assert!(
        !head.contains("x-ratelimit") && body.starts_with("<!doctype html>"),
        "{head}\n{body}"
    );
    for (status, is_json) in [(500, true), (502, false), (503, false), (504, false)] {
        emulator.fail_requests(RequestFailure::new(1, FailureAnswer::Status(status)));
        let (actual, _, body) = send(&emulator, "GET /api/v10/gateway").await;
        assert_eq!(
            (actual, serde_json::from_str::<Value>(&body).is_ok()),
            (status, is_json)
        );
    }
}

#[tokio::test]
async fn only_chosen_routes_fail_and_only_so_often() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let route = RestRoute::find("GET /users/{user_id}").unwrap();
    emulator.fail_requests(RequestFailure::new(2, FailureAnswer::Status(500)).for_route(route));
    assert_eq!(send(&emulator, "GET /api/v10/users/@me").await.0, 200);
    for expected in [500, 500, 404] {
        assert_eq!(send(&emulator, "GET /api/v10/users/7").await.0, expected);
    }
    emulator.fail_requests(RequestFailure::new(9, FailureAnswer::Status(500)));
    emulator.reset_faults();
    assert_eq!(send(&emulator, "GET /api/v10/users/@me").await.0, 200);
}

#[tokio::test]
async fn scenarios_and_the_control_api_make_requests_fail() {
    let scenario =
        "[[fault]]\nat = 0\naction = 'fail-requests'\nanswer = 'status'\nstatus = 503\ncount = 1";
    let scenario = Scenario::parse("down", scenario).unwrap();
    let emulator = Emulator::builder()
        .guilds(1)
        .scenario(scenario)
        .start()
        .await
        .unwrap();
    assert_eq!(send(&emulator, "GET /api/v10/gateway").await.0, 503);
    assert_eq!(send(&emulator, "GET /api/v10/gateway").await.0, 200);
    for (answer, status) in [
        ("user-rate-limit", 429),
        ("shared-rate-limit", 429),
        ("global-rate-limit", 429),
        ("cloudflare-rate-limit", 429),
    ] {
        let action = json!({
            "action": "fail-requests", "count": 1, "answer": answer, "retry-after": 0.5, "route": "GET /gateway",
        });
        let (done, stats) = http_request(&emulator, "POST /control/action", &action).await;
        assert_eq!(done, 200, "{stats}");
        assert_eq!(
            send(&emulator, "GET /api/v10/gateway").await.0,
            status,
            "{answer}"
        );
    }
    for (key, value, expected) in [
        ("route", json!("GET /moon"), "there is no route `GET /moon`"),
        ("count", json!(0), "`count` must be at least 1"),
        ("status", json!(404), "`status` must be from 500 to 599"),
        ("shard", json!(0), "applies to the whole gateway"),
        ("retry-after", json!(1), "`retry-after` does not apply"),
    ] {
        let mut action =
            json!({"action": "fail-requests", "count": 1, "answer": "status", "status": 500});
        action[key] = value;
        let (status, answer) = http_request(&emulator, "POST /control/action", &action).await;
        let message = answer["message"].as_str().unwrap();
        assert!(
            status == 400 && message.contains(expected),
            "{key}: {answer}"
        );
    }
    let counts = http_request(&emulator, "GET /control/rest-requests", &Value::Null).await;
    assert_eq!(counts, (200, json!({"GET /gateway": 6})));
}
