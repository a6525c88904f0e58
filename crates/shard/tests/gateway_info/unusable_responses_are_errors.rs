//! A successful response without the documented object is retried a few times.

use crate::harness::{DOCUMENTED, Reply, RestServer};
use gloaming_shard::error::GatewayInfoErrorKind;
use std::error::Error as _;

fn unusable() -> Vec<Reply> {
    let with = |body| Reply::new("200 OK", &[], body);
    vec![
        with("<!DOCTYPE html><html><title>Sign in to the network</title></html>"),
        with(""),
        with("\u{0}\u{1}\u{2}garbage"),
        with(r#"{"shards":"many"}"#),
        Reply::new("204 No Content", &[], ""),
        Reply::Endless("HTTP/1.1 200 OK\r\n\r\n".to_owned()),
        Reply::Endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n".to_owned()),
    ]
}

#[tokio::test]
async fn unusable_response_is_retried() {
    for reply in unusable() {
        let server = RestServer::start(&[reply.clone(), Reply::documented()]).await;
        let sent = server.send(server.request()).await;
        assert_eq!(server.requests().len(), 2, "{reply:?}");
        let reasons = sent.reasons();
        assert!(
            reasons[0].contains("not the documented object"),
            "{reasons:?}"
        );
        assert_eq!(sent.result.unwrap().shards, 9);
    }
}

#[tokio::test]
async fn fifth_unusable_response_is_the_last() {
    for reply in unusable() {
        let server = RestServer::start(std::slice::from_ref(&reply)).await;
        let error = server.send(server.request()).await.error();
        assert_eq!(error.kind(), GatewayInfoErrorKind::Undecodable, "{reply:?}");
        assert_eq!(error.attempts(), 5);
        assert!(error.source().is_some(), "{error}");
        assert_eq!(server.requests().len(), 5);
    }
}

#[tokio::test]
async fn zero_shards_are_an_error_of_their_own() {
    let body = DOCUMENTED.replace("\"shards\":9", "\"shards\":0");
    let server = RestServer::start(&[Reply::new("200 OK", &[], &body)]).await;
    let error = server.send(server.request()).await.error();
    assert_eq!(error.kind(), GatewayInfoErrorKind::NoShards);
    assert!(error.to_string().contains("zero shards"), "{error}");
    assert_eq!(server.requests().len(), 5);
}

/// A head that never ends is no response.
#[tokio::test]
async fn endless_head_is_bounded() {
    let head = "HTTP/1.1 200 OK\r\nX-Padding: ".to_owned();
    let server = RestServer::start(&[Reply::Endless(head), Reply::documented()]).await;
    let sent = server.send(server.request()).await;
    assert_eq!(server.requests().len(), 2);
    assert!(sent.result.is_ok());
}
