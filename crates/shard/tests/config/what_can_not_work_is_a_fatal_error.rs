//! Settings that can't work never panic: `try_build` says so, and a shard made with them ends at once
//! with a fatal error.

use gloaming_shard::{
    Compression, ConfigBuilder, Intents, JsonParser, Shard, ShardId, StreamExt as _,
    error::{ConfigError, ConfigErrorKind, ReceiveMessageErrorType},
};
use std::error::Error;
use twilight_model::gateway::{
    payload::outgoing::update_presence::UpdatePresencePayload,
    presence::{ActivityType, MinimalActivity, Status},
};

fn builder() -> ConfigBuilder {
    ConfigBuilder::new("token".to_owned(), Intents::empty())
}

async fn check(builder: ConfigBuilder, kind: ConfigErrorKind) {
    let error = builder.clone().try_build().unwrap_err();
    assert_eq!(error.kind(), kind);

    let config = builder.build();
    assert_eq!(config.validate().unwrap_err().kind(), kind);
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let error = shard.next_message().await.unwrap().unwrap_err();
    assert!(
        matches!(error.kind(), ReceiveMessageErrorType::Config),
        "{error:?}"
    );
    assert!(error.is_fatal());
    let source = error.source().unwrap();
    assert_eq!(source.downcast_ref::<ConfigError>().unwrap().kind(), kind);
    assert!(!source.to_string().is_empty());

    assert!(shard.next_message().await.is_none());
    assert!(shard.sender().is_closed());
}

#[tokio::test]
async fn a_large_threshold_out_of_range() {
    for threshold in [0, 49, 251, u64::MAX] {
        check(
            builder().large_threshold(threshold),
            ConfigErrorKind::Identify,
        )
        .await;
    }
    for threshold in [50, 250] {
        assert!(builder().large_threshold(threshold).try_build().is_ok());
    }
}

#[tokio::test]
async fn a_presence_that_does_not_fit() {
    let activity = MinimalActivity {
        kind: ActivityType::Playing,
        name: "x".repeat(5000),
        url: None,
    };
    let presence =
        UpdatePresencePayload::new(vec![activity.into()], false, None, Status::Idle).unwrap();
    check(builder().presence(presence), ConfigErrorKind::Identify).await;
}

#[tokio::test]
async fn no_token() {
    for token in ["", "  "] {
        let builder = ConfigBuilder::new(token.to_owned(), Intents::empty());
        check(builder, ConfigErrorKind::EmptyToken).await;
    }
}

#[tokio::test]
async fn urls_of_no_gateway() {
    for url in ["", "gateway.discord.gg", "https://discord.com", "wss://"] {
        check(builder().gateway_url(url), ConfigErrorKind::GatewayUrl).await;
        check(
            builder().proxy_url(url.to_owned()),
            ConfigErrorKind::GatewayUrl,
        )
        .await;
    }
}

#[tokio::test]
async fn what_is_not_compiled_in() {
    for compression in Compression::ALL {
        let builder = builder().compression(compression);
        if compression.is_available() {
            assert!(builder.try_build().is_ok());
        } else {
            check(
                builder,
                ConfigErrorKind::CompressionUnavailable(compression),
            )
            .await;
        }
    }
    for parser in JsonParser::ALL {
        let builder = builder().json_parser(parser);
        if parser.is_available() {
            assert!(builder.try_build().is_ok());
        } else {
            check(builder, ConfigErrorKind::JsonParserUnavailable).await;
        }
    }
}
