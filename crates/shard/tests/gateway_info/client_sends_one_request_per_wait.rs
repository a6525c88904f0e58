//! A client of twilight-http, which retries rate-limited requests itself, is kept from it.

use crate::harness::{DOCUMENTED, Reply, RestServer, Sent, TOKEN, in_time, pass, seconds, settle};
use gloaming_shard::{
    GatewayInfoRequest,
    error::{
        GatewayInfoErrorKind, GatewayInfoFault, StartRecommendedError, StartRecommendedErrorKind,
    },
};
use std::{sync::Arc, time::Duration};
use twilight_http::{Client, client::ClientBuilder};

fn client(server: &RestServer) -> ClientBuilder {
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    Client::builder()
        .token(TOKEN.to_owned())
        .proxy(address, true)
}

async fn send(server: &RestServer, client: ClientBuilder, deadline: Duration) -> Sent {
    let client = Arc::new(client.build());
    let through = |request: GatewayInfoRequest| async move { request.send_through(&client).await };
    server
        .play(server.request().deadline(deadline), through)
        .await
}

fn limited(headers: &[&str], body: &str) -> Reply {
    Reply::new("429 Too Many Requests", headers, body)
}

#[tokio::test]
async fn rate_limited_request_is_not_repeated_before_a_minute() {
    let global = limited(&["Retry-After: 65", "X-RateLimit-Scope: global"], "{}");
    for reply in [limited(&["Retry-After: 82721"], "error code: 1015"), global] {
        let server = RestServer::start(&[reply.clone(), reply, Reply::documented()]).await;
        let sent = send(&server, client(&server), seconds(1_000)).await;
        assert_eq!(server.requests().len(), 3);
        let waits: Vec<_> = sent.waits().map(|(wait, _)| wait).collect();
        assert!(
            waits[0] >= seconds(59) && waits[1] >= seconds(119),
            "{waits:?}"
        );
        for reason in sent.reasons() {
            assert!(reason.contains("rate limited (HTTP 429)"), "{reason}");
        }
        assert_eq!(sent.result.unwrap().shards, 9);
    }
}

#[tokio::test]
async fn rate_limit_ends_with_the_deadline() {
    let server = RestServer::start(&[limited(&["Retry-After: 82721"], "error code: 1015")]).await;
    let sent = send(&server, client(&server), seconds(300)).await;
    assert_eq!(server.requests().len(), 3);
    let error = sent.error();
    assert_eq!(error.kind(), GatewayInfoErrorKind::RateLimited);
    assert_eq!((error.attempts(), error.status()), (3, Some(429)));
}

/// The client then waits for its own rate limiter, without a word.
#[tokio::test]
async fn client_that_waits_for_its_rate_limiter_is_left() {
    let server = RestServer::start(&[Reply::user_rate_limit()]).await;
    let silence = async {
        server.arrived(1).await;
        // The client reads the response first.
        settle().await;
        pass(seconds(15)).await;
    };
    let request = send(&server, client(&server), seconds(60));
    let (sent, ()) = in_time(async { tokio::join!(request, silence) }).await;
    assert_eq!(server.requests().len(), 1);
    let error = sent.error();
    assert_eq!(error.kind(), GatewayInfoErrorKind::RateLimited);
    assert_eq!(error.fault(), GatewayInfoFault::HeldBack);
}

/// Such a client repeats the request without a pause: nothing can count its requests, but they end.
#[tokio::test]
async fn client_without_a_rate_limiter_ends_with_the_attempt() {
    let server = RestServer::start(&[limited(&[], "{}")]).await;
    let client = Arc::new(client(&server).ratelimiter(None).build());
    let request = server.request().deadline(seconds(60));
    let task = tokio::spawn(async move { request.send_through(&client).await });
    server.arrived(2).await;
    pass(seconds(15)).await;
    let error = in_time(task).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), GatewayInfoErrorKind::RateLimited);
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn other_failures_are_those_of_a_request_without_a_client() {
    use GatewayInfoErrorKind::{NoShards, Rejected, Token, Unavailable, Undecodable};
    use StartRecommendedErrorKind as Kind;

    let api = r#"{"message":"an error of discord","code":0}"#;
    let none = DOCUMENTED.replace("\"shards\":9", "\"shards\":0");
    for (status_line, body, kind, status, attempts, kind_of_start) in [
        ("401 Unauthorized", api, Token, Some(401), 1, Kind::Request),
        ("404 Not Found", api, Rejected, Some(404), 1, Kind::Request),
        ("503 No", api, Unavailable, Some(503), 7, Kind::Request),
        ("502 No", "<html>", Unavailable, None, 7, Kind::Request),
        (
            "200 OK",
            "<html>",
            Undecodable,
            None,
            5,
            Kind::Deserializing,
        ),
        ("200 OK", &*none, NoShards, None, 5, Kind::NoShards),
    ] {
        let reply = Reply::new(status_line, &[], body);
        let server = RestServer::start(std::slice::from_ref(&reply)).await;
        let error = send(&server, client(&server), seconds(60)).await.error();
        assert_eq!((error.kind(), error.status()), (kind, status), "{reply:?}");
        let requests = server.requests().len();
        assert_eq!(error.attempts() as usize, requests);
        assert!(requests.abs_diff(attempts) <= 2, "{reply:?}: {requests}");
        if attempts <= 5 {
            assert_eq!(requests, attempts);
        }
        assert_eq!(*StartRecommendedError::from(error).kind(), kind_of_start);
    }
}
