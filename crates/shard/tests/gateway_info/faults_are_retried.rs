//! Faults of the network and the server are followed by another attempt, within the deadline.

use crate::harness::{DOCUMENTED, Reply, RestServer, in_time, pass, seconds};
use gloaming_shard::{
    GatewayInfoRequest,
    error::{ConnectError, ConnectErrorKind, GatewayInfoErrorKind},
};
use std::error::Error as _;

/// A 502 of a proxy in front of Discord.
fn bad_gateway() -> Reply {
    Reply::new("502 Bad Gateway", &[], "<html></html>")
}

#[tokio::test]
async fn error_of_the_server_is_retried() {
    for (status, text) in [
        ("500 Internal Server Error", "HTTP 500"),
        ("502 Bad Gateway", "HTTP 502"),
        ("503 Service Unavailable", "HTTP 503"),
        ("530 Origin Unreachable", "HTTP 530"),
    ] {
        let fault = Reply::new(status, &[], "<html></html>");
        let server = RestServer::start(&[fault.clone(), fault, Reply::documented()]).await;
        let sent = server.send(server.request()).await;
        assert_eq!(server.requests().len(), 3);
        for reason in sent.reasons() {
            assert!(reason.contains(text), "{reason}");
            assert!(reason.contains("next try in"), "{reason}");
        }
        assert_eq!(sent.result.unwrap().shards, 9);
    }
}

#[tokio::test]
async fn connection_that_ends_without_a_whole_response_is_retried() {
    let truncated = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n{}",
        DOCUMENTED
    );
    for reply in [
        String::new(),
        "HTTP/1.1 200 OK\r\nContent-Le".to_owned(),
        truncated,
        "220 mail.example ESMTP ready\r\n".to_owned(),
    ] {
        let server = RestServer::start(&[Reply::Text(reply.clone()), Reply::documented()]).await;
        let sent = server.send(server.request()).await;
        assert_eq!(server.requests().len(), 2, "{reply}");
        let reasons = sent.reasons();
        assert!(reasons[0].contains("the connection failed"), "{reasons:?}");
        assert!(sent.result.is_ok(), "{reply}");
    }
}

#[tokio::test]
async fn server_that_never_answers_is_left_after_the_timeout() {
    for head in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
    ] {
        let silent = Reply::Unfinished(head.to_owned());
        let server = RestServer::start(&[silent, Reply::documented()]).await;
        let silence = async {
            server.arrived(1).await;
            pass(seconds(15)).await;
        };
        let request = server.send(server.request());
        let (sent, ()) = in_time(async { tokio::join!(request, silence) }).await;
        let reasons = sent.reasons();
        assert!(
            reasons[0].contains("no complete response in time"),
            "{reasons:?}"
        );
        assert_eq!(server.requests().len(), 2);
        assert!(sent.result.is_ok());
    }
}

#[tokio::test]
async fn error_names_the_last_fault_when_the_deadline_has_come() {
    let server = RestServer::start(&[bad_gateway()]).await;
    let sent = server.send(server.request().deadline(seconds(60))).await;
    let requests = server.requests().len();
    assert!((5..=9).contains(&requests), "{requests}");
    let error = sent.error();
    assert_eq!(error.kind(), GatewayInfoErrorKind::Unavailable);
    assert_eq!(error.status(), Some(502));
    assert_eq!(error.attempts() as usize, requests);
    assert!(error.elapsed() <= seconds(60), "{error}");
    let text = error.to_string();
    assert!(text.contains("(HTTP 502)"), "{text}");
    assert!(text.contains(&format!("({requests} attempts, ")), "{text}");
}

#[tokio::test]
async fn server_that_is_not_reached_is_an_error_with_the_cause() {
    let server = RestServer::start(&[bad_gateway()]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let config = server.config().api_url(nobody).build();
    let request = GatewayInfoRequest::new(&config).deadline(seconds(20));
    let error = server.send(request).await.error();
    assert_eq!(error.kind(), GatewayInfoErrorKind::Unreachable);
    assert_eq!(error.status(), None);
    assert!(error.attempts() > 2, "{error}");
    let source = error.source().unwrap().downcast_ref::<ConnectError>();
    assert_eq!(source.unwrap().kind(), ConnectErrorKind::Tcp);
}

#[tokio::test]
async fn dropped_request_sends_no_more() {
    let server = RestServer::start(&[bad_gateway()]).await;
    let (told, mut states) = tokio::sync::mpsc::unbounded_channel();
    let request = server
        .request()
        .on_state(move |state| _ = told.send(*state));
    let task = tokio::spawn(request.send());
    in_time(async {
        // The first attempt, and the wait after it.
        states.recv().await.unwrap();
        states.recv().await.unwrap();
    })
    .await;
    task.abort();
    _ = in_time(task).await;
    pass(seconds(300)).await;
    assert_eq!(states.recv().await, None);
    assert_eq!(server.requests().len(), 1);
}
