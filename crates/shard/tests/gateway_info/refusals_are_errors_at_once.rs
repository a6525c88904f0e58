//! What only a person can change costs one request, or none.

use crate::harness::{Reply, RestServer, TOKEN};
use gloaming_shard::{
    ConfigBuilder, GatewayInfoRequest, Intents,
    error::{ConfigError, ConfigErrorKind, ConnectError, ConnectErrorKind, GatewayInfoErrorKind},
    tls::Tls,
};
use std::error::Error as _;

#[tokio::test]
async fn refusal_is_an_error_that_says_whose_fault_it_is() {
    use GatewayInfoErrorKind::{Forbidden, Rejected, Token};

    for (status, kind, words) in [
        ("401 Unauthorized", Token, "the token is not valid"),
        ("403 Forbidden", Forbidden, "check the token"),
        ("404 Not Found", Rejected, "check that the api url"),
        ("301 Moved Permanently", Rejected, "check that the api url"),
    ] {
        let headers = ["Location: http://127.0.0.1:1/"];
        let body = r#"{"message":"401: Unauthorized","code":0}"#;
        let server = RestServer::start(&[Reply::new(status, &headers, body)]).await;
        let sent = server.send(server.request()).await;
        assert_eq!(sent.waits().count(), 0);
        let error = sent.error();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.status(), status[..3].parse().ok());
        let text = error.to_string();
        assert!(text.contains(words), "{text}");
        assert!(text.contains(&format!("(HTTP {})", &status[..3])), "{text}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn invalid_setting_is_an_error_without_a_request() {
    let server = RestServer::start(&[Reply::documented()]).await;
    for (config, kind) in [
        (
            ConfigBuilder::new(String::new(), Intents::empty()).api_url(&*server.url),
            ConfigErrorKind::EmptyToken,
        ),
        (
            ConfigBuilder::new("two\nlines".to_owned(), Intents::empty()).api_url(&*server.url),
            ConfigErrorKind::InvalidToken,
        ),
        (
            server.config().api_url("ws://127.0.0.1"),
            ConfigErrorKind::ApiUrl,
        ),
    ] {
        let request = GatewayInfoRequest::new(&config.build());
        let error = server.send(request).await.error();
        assert_eq!(error.kind(), GatewayInfoErrorKind::Misconfigured);
        assert_eq!(error.attempts(), 0);
        let source = error.source().unwrap().downcast_ref::<ConfigError>();
        assert_eq!(source.unwrap().kind(), kind);
        assert!(source.unwrap().source().is_some() == (kind == ConfigErrorKind::ApiUrl));
    }
    assert_eq!(server.requests().len(), 0);
}

/// The token is never sent in clear text because TLS is missing.
#[tokio::test]
async fn https_without_tls_is_an_error_without_a_request() {
    let server = RestServer::start(&[Reply::documented()]).await;
    let url = server.url.replace("http", "https");
    let config = server.config().tls(Tls::plain()).api_url(url).build();
    let sent = server.send(GatewayInfoRequest::new(&config)).await;
    let error = sent.error();
    assert_eq!(error.kind(), GatewayInfoErrorKind::Misconfigured);
    let source = error.source().unwrap().downcast_ref::<ConnectError>();
    assert_eq!(source.unwrap().kind(), ConnectErrorKind::MissingTls);
    assert_eq!(server.requests().len(), 0);
    let request = GatewayInfoRequest::new(&config);
    assert!(!format!("{request:?}").contains(TOKEN));
}
