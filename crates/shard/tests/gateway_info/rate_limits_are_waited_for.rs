//! A rate limit is waited for as long as the server asks, if the deadline allows it, and costs one request.

use crate::harness::{Reply, RestServer, in_time, pass, seconds, settle};
use gloaming_shard::{
    GatewayInfoState,
    error::{GatewayInfoErrorKind, GatewayInfoFault},
    machine::gateway_info::RetryAfter,
};
use gloaming_test_support::Logs;
use std::time::Duration;

const TWO_DAYS: Duration = Duration::from_secs(2 * 86_400);
const STATUS: &str = "429 Too Many Requests";

/// The forms of HTTP 429, with the time that each asks for.
fn forms() -> [(&'static str, Reply, Duration); 4] {
    let shared = Reply::new(
        STATUS,
        &[
            "Content-Type: application/json",
            "X-RateLimit-Scope: shared",
            "X-RateLimit-Bucket: abcd",
        ],
        r#"{"message":"The resource is being rate limited.","retry_after":529.5,"global":false}"#,
    );
    let global = Reply::new(
        STATUS,
        &[
            "Content-Type: application/json",
            "Retry-After: 65",
            "X-RateLimit-Global: true",
            "X-RateLimit-Scope: global",
        ],
        r#"{"message":"You are being rate limited.","retry_after":64.57,"global":true}"#,
    );
    let cloudflare = Reply::new(STATUS, &["Retry-After: 82721"], "error code: 1015");
    [
        ("user", Reply::user_rate_limit(), seconds(82_721)),
        ("shared", shared, Duration::from_millis(529_500)),
        ("global", global, seconds(65)),
        ("cloudflare", cloudflare, seconds(82_721)),
    ]
}

#[tokio::test]
async fn time_that_discord_asks_for_is_waited_and_no_request_is_sent_before() {
    for (form, reply, time) in forms() {
        let server = RestServer::start(&[reply.clone(), reply, Reply::documented()]).await;
        let request = server.request().deadline(TWO_DAYS);
        let (logs, _guard) = Logs::capture(tracing::Level::WARN);
        let sent = server.send(request).await;
        let waits: Vec<_> = sent.waits().map(|(wait, _)| wait).collect();
        assert_eq!(waits.len(), 2, "{form}");
        for wait in waits {
            // The next attempt is at a time of the clock, and the wait is what is left until then.
            assert!(wait <= time && time - wait < seconds(1), "{form}: {wait:?}");
        }
        assert_eq!(server.requests().len(), 3, "{form}");
        assert_eq!(sent.states.len(), 5, "{form}: {:?}", sent.states);
        let text = format!(
            "asking Discord for the number of shards: rate limited (HTTP 429), next try in {} s",
            time.as_secs_f64().ceil()
        );
        assert_eq!(sent.reasons(), [&*text, &*text]);
        assert_eq!(sent.result.unwrap().shards, 9, "{form}");
        let lines = logs.lines();
        assert_eq!(lines.len(), 2, "one line per wait: {lines:?}");
        assert!(lines.iter().all(|line| line.contains(&text)), "{lines:?}");
    }
}

#[tokio::test]
async fn rate_limit_past_the_deadline_is_an_error_at_once_that_says_how_long() {
    for (form, reply, time) in forms() {
        let server = RestServer::start(&[reply]).await;
        let sent = server.send(server.request().deadline(seconds(60))).await;
        assert_eq!(sent.states, [GatewayInfoState::Requesting { attempt: 1 }]);
        let error = sent.error();
        assert_eq!(error.kind(), GatewayInfoErrorKind::RateLimited, "{form}");
        assert_eq!(error.status(), Some(429));
        assert_eq!(error.attempts(), 1);
        assert_eq!(error.retry_after(), Some(time));
        let retry_after = RetryAfter::Given(time);
        let fault = GatewayInfoFault::Status {
            status: 429,
            retry_after,
        };
        assert_eq!(error.fault(), fault);
        let text = error.to_string();
        let words = format!("lasts another {} s", time.as_secs_f64().ceil());
        assert!(text.contains("rate limited (HTTP 429)"), "{text}");
        assert!(text.contains(&words), "{text}");
        assert!(text.contains("(1 attempt, "), "{text}");
        assert_eq!(server.requests().len(), 1, "{form}");
    }
}

#[tokio::test]
async fn rate_limit_without_a_time_is_waited_for_in_growing_steps() {
    let server = RestServer::start(&[Reply::new(STATUS, &[], "")]).await;
    let sent = server.send(server.request()).await;
    let waits: Vec<_> = sent.waits().map(|(wait, _)| wait).collect();
    assert!(waits[0] >= seconds(5), "{waits:?}");
    assert!(waits.is_sorted(), "{waits:?}");
    let requests = server.requests().len();
    assert_eq!(requests, waits.len() + 1);
    assert!((4..=6).contains(&requests), "{requests} in five minutes");
    let error = sent.error();
    assert_eq!(error.kind(), GatewayInfoErrorKind::RateLimited);
    assert_eq!(error.retry_after(), None);
    assert!(error.to_string().contains("raise the deadline"), "{error}");
}

/// The time is in the head. A body that never ends does not hide it.
#[tokio::test]
async fn body_without_an_end_does_not_hide_the_time() {
    let head = format!("HTTP/1.1 {STATUS}\r\nRetry-After: 82721\r\n\r\n{{");
    for (reply, is_silent) in [
        (Reply::Endless(head.clone()), false),
        (Reply::Unfinished(head), true),
    ] {
        let server = RestServer::start(&[reply]).await;
        let silence = async {
            server.arrived(1).await;
            if is_silent {
                // The head arrives first.
                settle().await;
                pass(seconds(2)).await;
            }
        };
        let (sent, ()) =
            in_time(async { tokio::join!(server.send(server.request()), silence) }).await;
        let error = sent.error();
        assert_eq!(error.kind(), GatewayInfoErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(seconds(82_721)));
    }
}
