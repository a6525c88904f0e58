use super::harness::seconds;
use gloaming_machine::gateway_info::{GatewayInfoFault, RetryAfter, read_response};
use std::error::Error as _;

/// The example of Discord's documentation.
const DOCUMENTED: &str = r#"{
  "url": "wss://gateway.discord.gg/",
  "shards": 9,
  "session_start_limit": {
    "total": 1000,
    "remaining": 999,
    "reset_after": 14400000,
    "max_concurrency": 1
  }
}"#;

#[test]
fn documented_response_is_read() {
    let info = read_response(200, None, DOCUMENTED.as_bytes()).unwrap();
    assert_eq!(info.shards, 9);
    assert_eq!(info.session_start_limit.remaining, 999);
    assert_eq!(info.session_start_limit.max_concurrency, 1);
}

#[test]
fn body_that_is_not_the_object_is_an_error_with_a_source() {
    let truncated = &DOCUMENTED[..DOCUMENTED.len() / 2];
    for body in [
        "",
        "null",
        "{}",
        "<!DOCTYPE html><title>Sign in to the network</title>",
        "\u{0}\u{1}garbage",
        r#"{"url":"wss://gateway.discord.gg/","shards":"many"}"#,
        truncated,
    ] {
        let error = read_response(200, None, body.as_bytes()).unwrap_err();
        assert_eq!(error.fault(), GatewayInfoFault::Undecodable, "{body}");
        assert!(error.source().is_some());
        assert!(error.to_string().contains("documented"), "{error}");
        assert!(error.into_parts().1.is_some());
    }
    let error = read_response(204, None, b"\xff\xfe").unwrap_err();
    assert_eq!(error.fault(), GatewayInfoFault::Undecodable);
}

#[test]
fn zero_shards_are_an_error() {
    let body = DOCUMENTED.replace("\"shards\": 9", "\"shards\": 0");
    let error = read_response(200, None, body.as_bytes()).unwrap_err();
    assert_eq!(error.fault(), GatewayInfoFault::NoShards);
    assert!(error.source().is_none());
}

#[test]
fn status_decides_before_the_body() {
    for status in [199, 300, 401, 429, 502, 999] {
        let error = read_response(status, Some(b"7"), DOCUMENTED.as_bytes()).unwrap_err();
        let fault = GatewayInfoFault::Status {
            status,
            retry_after: RetryAfter::Given(seconds(7)),
        };
        assert_eq!(error.fault(), fault);
        assert_eq!(error.fault().status(), Some(status));
    }
}
