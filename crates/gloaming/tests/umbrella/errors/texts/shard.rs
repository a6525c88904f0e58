//! A shard's configuration and stream.

use super::{SECRET, Texts};
use gloaming::{
    CloseFrame, Compression, ConfigBuilder, EventTypeFlags, Intents, JsonParser, Shard, ShardId,
    StreamExt as _, UserAgent,
    error::{
        ConnectError, ConnectErrorKind, QueueError, QueueErrorKind, ReceiveMessageError,
        TransportError, TransportErrorKind,
    },
    machine::{BackoffPolicy, Timeouts},
    parse,
    queue::{BoxFuture, IdentifyQueue, Permit},
    tls::Tls,
    transport::{Inbound, MemoryConnector, MemoryPeer},
};
use std::time::Duration;

pub(super) async fn add(texts: &mut Texts) {
    add_settings(texts);
    add_events(texts);
    add_failures(texts).await;
}

fn builder() -> ConfigBuilder {
    ConfigBuilder::new(SECRET.to_owned(), Intents::empty())
}

fn add_settings(texts: &mut Texts) {
    let token = |token: &str| ConfigBuilder::new(token.to_owned(), Intents::empty());
    let timeouts = |hello| {
        let mut timeouts = Timeouts::default();
        timeouts.hello = hello;
        timeouts
    };
    let mut backoff = BackoffPolicy::default();
    backoff.base = Duration::from_secs(2);
    backoff.cap = Duration::from_secs(1);
    let year = Duration::from_secs(367 * 24 * 3_600);
    let (connector, _) = MemoryConnector::new();
    for (name, builder) in [
        ("EmptyToken", token("")),
        ("QuotedToken", token("\"hunter2\"")),
        ("InvalidToken", token("hunter2 hunter2")),
        ("GatewayUrl", builder().gateway_url("https://discord.test")),
        ("ApiUrl", builder().api_url("wss://discord.test")),
        (
            "ConflictingUrls",
            builder()
                .gateway_url("ws://one.test")
                .proxy_url("ws://two.test".to_owned()),
        ),
        (
            "PlainTls",
            builder()
                .gateway_url("wss://gateway.test")
                .tls(Tls::plain()),
        ),
        (
            "UnusedByConnector",
            builder().connector(connector).tls(Tls::plain()),
        ),
        (
            "ResumeUrlWithoutSession",
            builder().resume_url("wss://resume.test".to_owned()),
        ),
        ("ResumeHost", builder().resume_host("wss://resume.test")),
        ("Zero", builder().timeouts(timeouts(Duration::ZERO))),
        ("TooLong", builder().timeouts(timeouts(year))),
        ("BackoffBaseOverCap", builder().backoff(backoff)),
        ("Identify", builder().large_threshold(7)),
    ] {
        let error = builder.try_build().unwrap_err();
        assert!(format!("{:?}", error.kind()).starts_with(name), "{error}");
        texts.add(&format!("ConfigErrorKind::{name}"), &error);
    }
    let agent = UserAgent::new("").unwrap_err();
    texts.add("ConfigErrorKind::UserAgent", &agent);
    if !JsonParser::Simd.is_available() {
        let error = builder().json_parser(JsonParser::Simd).try_build();
        texts.add(
            "ConfigErrorKind::JsonParserUnavailable",
            &error.unwrap_err(),
        );
    }
}

fn add_events(texts: &mut Texts) {
    for (name, text) in [
        ("Deserializing (payload)", "{"),
        (
            "Deserializing (event)",
            r#"{"t":"MESSAGE_DELETE","s":42,"op":0,"d":1}"#,
        ),
        ("UnknownEvent", r#"{"t":"BRAND_NEW","s":42,"op":0,"d":{}}"#),
    ] {
        let error = parse(text.to_owned(), EventTypeFlags::all()).unwrap_err();
        texts.add(&format!("ReceiveMessageErrorKind::{name}"), &error);
    }
}

/// Grants nothing.
#[derive(Debug)]
struct Failing;

impl IdentifyQueue for Failing {
    fn acquire(&self, _: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        Box::pin(async { Err(QueueError::new(QueueErrorKind::Backend)) })
    }
}

async fn add_failures(texts: &mut Texts) {
    let invalid = Shard::with_config(ShardId::ONE, builder().large_threshold(7).build());
    let error = failure(invalid).await;
    texts.add("ReceiveMessageErrorKind::Config", &error);

    for (name, kind) in [
        ("Reconnect", ConnectErrorKind::Tcp),
        ("Reconnect (fatal)", ConnectErrorKind::MissingTls),
    ] {
        let (connector, mut listener) = MemoryConnector::new();
        let shard = Shard::with_config(ShardId::ONE, builder().connector(connector).build());
        let (error, ()) = tokio::join!(failure(shard), async {
            let attempt = listener.next().await.expect("the shard connects");
            attempt.refuse(ConnectError::new(kind).with_endpoint("gateway.test:443"));
        });
        let row = format!("ReceiveMessageErrorKind::{name}");
        texts.add_with_place(&row, &error, "gateway.test:443");
    }

    let error = served(
        |builder| builder,
        |peer| async move {
            peer.fail(TransportError::new(TransportErrorKind::Protocol))
                .await;
        },
    );
    texts.add("ReceiveMessageErrorKind::WebSocket", &error.await);
    let error = served(
        |builder| builder.compression(Compression::ZlibStream),
        |peer| async move {
            let garbage = b"garbage".to_vec().into();
            peer.send(Inbound::Binary(garbage)).await.unwrap();
            std::future::pending::<()>().await;
        },
    );
    texts.add("ReceiveMessageErrorKind::Compression", &error.await);
    let error = served(
        |builder| builder,
        |peer| async move {
            hello(&peer).await;
            let close = CloseFrame::new(4_004, "Authentication failed.");
            peer.send(Inbound::Close(Some(close))).await.unwrap();
            std::future::pending::<()>().await;
        },
    );
    texts.add("ReceiveMessageErrorKind::Refused", &error.await);
    let error = served(
        |builder| builder.queue(Failing),
        |peer| async move {
            hello(&peer).await;
            std::future::pending::<()>().await;
        },
    );
    texts.add("ReceiveMessageErrorKind::Queue", &error.await);
}

async fn hello(peer: &MemoryPeer) {
    let hello = r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#;
    peer.text(hello).await.unwrap();
}

/// Returns the first failure of a shard with this configuration and server.
async fn served<F: Future<Output = ()>>(
    change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
    serve: impl FnOnce(MemoryPeer) -> F,
) -> ReceiveMessageError {
    let (connector, mut listener) = MemoryConnector::new();
    let config = change(builder()).connector(connector).build();
    let shard = Shard::with_config(ShardId::ONE, config);
    let server = async {
        let attempt = listener.next().await.expect("the shard connects");
        serve(attempt.accept()).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        error = failure(shard) => error,
        () = server => unreachable!("the server serves until the shard fails"),
    }
}

async fn failure(mut shard: Shard) -> ReceiveMessageError {
    loop {
        if let Some(Err(error)) = shard.next_event(EventTypeFlags::all()).await {
            return error;
        }
    }
}
