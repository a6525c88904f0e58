//! The most common errors name the cause and the remedy, and whether the shard retries.

use crate::harness::{
    consumer::{Failure, FailureKind, Observed, ReceiveMethod, consume, failures},
    gateway::{TOKEN, start, start_with},
};
use gloaming_shard::{
    CloseCode, ConfigBuilder, Intents, Shard, ShardId, ShardState, StreamExt as _,
    error::{ConfigErrorKind, ConnectErrorKind},
    tls::Tls,
    transport::ConnectError,
};
use std::error::Error;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use twilight_model::gateway::{
    payload::outgoing::update_presence::UpdatePresencePayload,
    presence::{Activity, ActivityType, MinimalActivity, Status},
};

#[track_caller]
fn assert_says(failure: &Failure, words: &[&str]) {
    for word in words {
        assert!(
            failure.text.contains(word),
            "{word:?} is not in {:?}",
            failure.text
        );
    }
    assert!(!failure.text.contains(TOKEN), "{}", failure.text);
    assert_ne!(failure.text.chars().last(), Some('.'));
}

/// Returns the failure of a shard whose server closes with this code after IDENTIFY.
async fn refused(code: u16, method: ReceiveMethod) -> Failure {
    let (shard, mut gateway) = start();
    let consumer = consume(shard, method);
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    connection.close(code).await;
    let (seen, shard) = consumer.end().await;
    assert_eq!(shard.state(), ShardState::FatallyClosed);
    assert!(gateway.attempt_now().is_none(), "it does not reconnect");
    let [failure] = failures(&seen)[..] else {
        panic!("{seen:?}");
    };
    let told_before = seen.contains(&Observed::Closed(Some(code)));
    assert_eq!(
        told_before,
        matches!(method, ReceiveMethod::Events | ReceiveMethod::Messages)
    );
    failure.clone()
}

#[tokio::test(start_paused = true)]
async fn close_code_of_discord() {
    let refusals: [(CloseCode, &[&str]); 6] = [
        (CloseCode::AuthenticationFailed, &["token"]),
        (CloseCode::InvalidShard, &["shard"]),
        (CloseCode::ShardingRequired, &["shard"]),
        (CloseCode::InvalidApiVersion, &["version"]),
        (CloseCode::InvalidIntents, &["intent"]),
        (CloseCode::DisallowedIntents, &["intent", "portal"]),
    ];
    for (code, words) in refusals {
        for method in ReceiveMethod::ALL {
            let failure = refused(code.number(), method).await;
            assert_eq!(failure.kind, FailureKind::Refused(code.number()));
            assert!(failure.is_fatal);
            let number = code.number().to_string();
            assert_says(&failure, &["discord refused", &number, code.explanation()]);
            assert_says(&failure, words);
        }
    }
}

/// Returns the first failure of a shard with this configuration, and what follows it.
async fn first_failure(config: ConfigBuilder) -> (Failure, Observed) {
    let shard = Shard::with_config(ShardId::ONE, config.build());
    let mut consumer = consume(shard, ReceiveMethod::Events);
    let seen = consumer.until(|seen| seen.failure().is_some()).await;
    let failure = failures(&seen)[0].clone();
    let next = if failure.is_fatal {
        consumer.next().await
    } else {
        consumer.abort();
        Observed::Failure(failure.clone())
    };
    (failure, next)
}

fn config(url: &str) -> ConfigBuilder {
    ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS).gateway_url(url)
}

async fn assert_fatal(config: ConfigBuilder, kind: FailureKind, words: &[&str]) {
    let (failure, next) = first_failure(config).await;
    assert_eq!(failure.kind, kind, "{failure:?}");
    assert!(failure.is_fatal, "{failure:?}");
    assert_eq!(next, Observed::End, "{failure:?}");
    assert_says(&failure, words);
}

async fn assert_transient(config: ConfigBuilder, words: &[&str]) {
    let (failure, _) = first_failure(config).await;
    assert_eq!(failure.kind, FailureKind::Reconnect, "{failure:?}");
    assert!(!failure.is_fatal, "{failure:?}");
    assert_says(&failure, &["trying again"]);
    assert_says(&failure, words);
}

#[tokio::test]
async fn missing_tls() {
    let config = config("wss://gateway.test").tls(Tls::plain());
    let words = ["the url is wss://", "set another tls"];
    assert_fatal(config, FailureKind::Config, &words).await;

    // A custom connector reports the error when it connects.
    let connector = gloaming_shard::transport::Connector::new(Tls::plain());
    let config = self::config("wss://gateway.test").connector(connector);
    let words = [
        "gateway.test:443 needs tls",
        "enable one of the features",
        "rustls-native-roots",
    ];
    assert_fatal(config, FailureKind::Reconnect, &words).await;
}

#[tokio::test]
async fn unreachable_host() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let address = address.to_string();
    let words = [
        "could not reach",
        &address,
        "nothing accepts connections there",
    ];
    assert_transient(config(&format!("ws://{address}")), &words).await;
}

#[tokio::test]
async fn unknown_host() {
    // Labels are at most 63 bytes long, so no name server is asked.
    let host = format!("{}.invalid", "a".repeat(64));
    let words = ["could not resolve", &host, "check the name"];
    assert_transient(config(&format!("ws://{host}")), &words).await;
}

#[tokio::test]
async fn handshake_status_503() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let read = stream.read(&mut request).await.unwrap();
        assert!(read > 0);
        let response = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(response).await.unwrap();
    });
    let words = ["http status 503", "out of order or overloaded"];
    assert_transient(config(&format!("ws://{address}")), &words).await;
    server.await.unwrap();
}

#[tokio::test]
async fn invalid_url() {
    for url in [
        "",
        "gateway.discord.gg",
        "https://gateway.discord.gg",
        "discord",
    ] {
        let words = ["gateway_url or proxy_url is invalid", "ws:// or wss://"];
        assert_fatal(config(url), FailureKind::Config, &words).await;
        let error = config(url).try_build().unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::GatewayUrl);
        assert!(error.source().is_some(), "{url}");
    }
    // Only the connector detects these.
    for url in ["wss://", "ws://:80", "wss://user:secret@gateway.test"] {
        let (failure, next) = first_failure(config(url)).await;
        assert!(failure.is_fatal, "{url}: {failure:?}");
        assert_eq!(next, Observed::End, "{url}");
        assert!(!failure.text.contains("secret"), "{}", failure.text);
        assert_says(&failure, &["url"]);
    }
}

#[tokio::test]
async fn missing_token() {
    for token in ["", "Bot "] {
        let config = ConfigBuilder::new(token.to_owned(), Intents::GUILDS);
        let words = ["the token is empty", "developer portal"];
        assert_fatal(config.clone(), FailureKind::Config, &words).await;
        let error = config.try_build().unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::EmptyToken);
    }
}

#[tokio::test]
async fn token_in_quotation_marks() {
    for token in ["\"abc.def.ghi\"", "'abc.def.ghi'", "\"abc", "Bot \"abc\""] {
        let config = ConfigBuilder::new(token.to_owned(), Intents::GUILDS);
        let words = ["quotation marks", "remove them"];
        assert_fatal(config.clone(), FailureKind::Config, &words).await;
        let error = config.try_build().unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::QuotedToken);
        assert!(!error.to_string().contains("abc"), "{error}");
    }
}

#[tokio::test]
async fn url_with_an_impossible_port() {
    let words = ["wss://gateway.test:99999", "from 1 to 65535"];
    let config = config("wss://gateway.test:99999/?secret=1");
    let (failure, _) = first_failure(config.clone()).await;
    assert_fatal(config.clone(), FailureKind::Config, &words).await;
    assert!(!failure.text.contains("secret"), "{}", failure.text);
    // The scheme is right, so it is not the remedy.
    assert!(!failure.text.contains("ws:// or"), "{}", failure.text);
    let text = config.clone().try_build().unwrap_err().to_string();
    assert!(text.ends_with("from 1 to 65535; correct it"), "{text}");
    let mut shard = Shard::with_config(ShardId::ONE, config.build());
    let text = shard.next_message().await.unwrap().unwrap_err().to_string();
    assert_eq!(text.matches("99999").count(), 1, "{text}");
}

#[tokio::test]
async fn large_threshold_out_of_range() {
    for threshold in [0, 49, 251, u64::MAX] {
        let config = config("ws://127.0.0.1:9").large_threshold(threshold);
        let words = ["large threshold", "50", "250"];
        assert_fatal(config.clone(), FailureKind::Config, &words).await;
        let error = config.try_build().unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Identify);
    }
}

fn presence(name: String) -> UpdatePresencePayload {
    let activity = MinimalActivity {
        kind: ActivityType::Playing,
        name,
        url: None,
    };
    UpdatePresencePayload::new([Activity::from(activity)], false, None, Status::Online).unwrap()
}

#[tokio::test]
async fn presence_too_large() {
    let config = config("ws://127.0.0.1:9").presence(presence("x".repeat(4_096)));
    let words = ["presence", "4096"];
    assert_fatal(config.clone(), FailureKind::Config, &words).await;
    let error = config.try_build().unwrap_err();
    assert_eq!(error.kind(), ConfigErrorKind::Identify);
}

#[tokio::test(start_paused = true)]
async fn invalid_resume_url_is_ignored() {
    let session = gloaming_shard::Session::new(3, "stored".to_owned())
        .with_resume_url("not a url".to_owned());
    let (shard, mut gateway) = start_with(|config| config.session(session));
    let mut consumer = consume(shard, ReceiveMethod::Events);
    let mut connection = gateway.greet().await;
    assert!(connection.url.starts_with("wss://gateway.discord.gg"));
    let resume = connection.expect(6).await;
    assert_eq!(resume["session_id"], "stored");
    connection.events([4]).await;
    let seen = consumer.until_event(4).await;
    assert!(failures(&seen).is_empty());
}

#[tokio::test(start_paused = true)]
async fn error_of_a_custom_connector_is_the_source() {
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Events);
    let error = ConnectError::new(ConnectErrorKind::Other).with_source("the connector is disabled");
    gateway.attempt().await.refuse(error);
    let seen = consumer.until(|seen| seen.failure().is_some()).await;
    assert_says(failures(&seen)[0], &["the connector is disabled"]);
}
