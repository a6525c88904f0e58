//! Invalid settings never panic: `try_build` returns an error, and a shard with them ends with a fatal error.

use gloaming_shard::{
    Compression, ConfigBuilder, DecoderLimits, GatewayInfoPolicy, Inflater, Intents, JsonParser,
    Session, Shard, ShardId, StreamExt as _,
    error::{ConfigError, ConfigErrorKind, ReceiveMessageErrorKind, Setting},
    machine::{BackoffPolicy, RecoveryPolicy, Timeouts},
    tls::Tls,
    transport::{MemoryConnector, Proxy},
};
use std::{error::Error, time::Duration};
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
        matches!(error.kind(), ReceiveMessageErrorKind::Config),
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
async fn large_threshold_out_of_range_is_an_error() {
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
async fn oversized_presence_is_an_error() {
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
async fn empty_token_is_an_error() {
    for token in ["", "  "] {
        let builder = ConfigBuilder::new(token.to_owned(), Intents::empty());
        check(builder, ConfigErrorKind::EmptyToken).await;
    }
}

#[tokio::test]
async fn invalid_urls_are_errors() {
    for url in [
        "",
        "gateway.discord.gg",
        "https://discord.com",
        "wss://",
        "wss://host:port",
        "wss://host:99999",
        "wss://user:password@host",
        "wss://ho st",
        "wss://host/#top",
    ] {
        check(builder().gateway_url(url), ConfigErrorKind::GatewayUrl).await;
        check(
            builder().proxy_url(url.to_owned()),
            ConfigErrorKind::GatewayUrl,
        )
        .await;
    }
}

#[tokio::test]
async fn invalid_api_urls_are_errors() {
    for url in [
        "",
        "discord.com/api/v10",
        "wss://gateway.discord.gg",
        "https://",
        "https://user:password@discord.com",
        "https://discord.com/api?v=10",
    ] {
        check(builder().api_url(url), ConfigErrorKind::ApiUrl).await;
    }
    for url in ["https://discord.com/api/v10", "http://127.0.0.1:4000"] {
        assert!(builder().api_url(url).try_build().is_ok());
    }
    // Without TLS, it is an error only if the number of shards is requested.
    let without = builder().tls(Tls::plain()).gateway_url("ws://127.0.0.1");
    assert!(without.try_build().is_ok());
}

#[tokio::test]
async fn missing_features_are_errors() {
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
    let flate2 = builder().inflater(Inflater::Flate2);
    // Payload compression needs flate2, too.
    if Compression::Payload.is_available() {
        assert!(flate2.try_build().is_ok());
    } else {
        let kind = ConfigErrorKind::CompressionUnavailable(Compression::ZlibStream);
        check(flate2, kind).await;
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

#[tokio::test]
async fn invalid_token_is_an_error() {
    for token in [
        "two lines\nsecret",
        "sec\u{e9}cret",
        "secret\u{0}",
        "se cret",
    ] {
        let builder = ConfigBuilder::new(token.to_owned(), Intents::empty());
        let error = builder.clone().try_build().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("ecret"), "{error}");
        check(builder, ConfigErrorKind::InvalidToken).await;
    }
    // White space and the prefix `Bot ` around a token are removed.
    let token = "Bot secret\r\n".to_owned();
    assert!(
        ConfigBuilder::new(token, Intents::empty())
            .try_build()
            .is_ok()
    );
}

#[tokio::test]
async fn contradicting_settings_are_errors() {
    let proxy = || Proxy::socks5("proxy.test", 1080);
    let session = || Session::new(1, "id".to_owned());
    let url = || "ws://gateway.test".to_owned();
    let own = |builder: ConfigBuilder| builder.connector(MemoryConnector::new().0);
    for (contradicting, fine, kind) in [
        (
            builder().gateway_url(url()).proxy_url(url()),
            builder().proxy_url(url()),
            ConfigErrorKind::ConflictingUrls,
        ),
        (
            builder().tls(Tls::plain()),
            builder().tls(Tls::plain()).gateway_url(url()),
            ConfigErrorKind::PlainTls,
        ),
        (
            builder()
                .tls(Tls::plain())
                .proxy_url("wss://gateway.test".to_owned()),
            builder().tls(Tls::plain()).proxy_url(url()),
            ConfigErrorKind::PlainTls,
        ),
        (
            own(builder().tls(Tls::default())),
            own(builder()),
            ConfigErrorKind::UnusedByConnector(Setting::Tls),
        ),
        (
            own(builder().network_proxy(proxy())),
            builder().network_proxy(proxy()),
            ConfigErrorKind::UnusedByConnector(Setting::NetworkProxy),
        ),
        (
            builder().resume_url(url()),
            builder().resume_url(url()).session(session()),
            ConfigErrorKind::ResumeUrlWithoutSession,
        ),
        (
            builder().resume_host("wss://resume.test"),
            builder().resume_host("resume.test").resume_host("10.0.0.1"),
            ConfigErrorKind::ResumeHost,
        ),
    ] {
        check(contradicting, kind).await;
        fine.try_build().unwrap();
    }
}

/// A setting, and a function that sets it to a duration.
type SetTime = (Setting, fn(Duration) -> ConfigBuilder);

fn timeouts(change: impl FnOnce(&mut Timeouts)) -> ConfigBuilder {
    let mut timeouts = Timeouts::default();
    change(&mut timeouts);
    builder().timeouts(timeouts)
}

fn gateway_info(change: impl FnOnce(&mut GatewayInfoPolicy)) -> ConfigBuilder {
    let mut policy = GatewayInfoPolicy::default();
    change(&mut policy);
    builder().gateway_info(policy)
}

fn recovery(change: impl FnOnce(&mut RecoveryPolicy)) -> ConfigBuilder {
    let mut recovery = RecoveryPolicy::default();
    change(&mut recovery);
    builder().recovery(recovery)
}

fn backoff(base: Duration, cap: Duration) -> ConfigBuilder {
    let mut backoff = BackoffPolicy::default();
    backoff.base = base;
    backoff.cap = cap;
    builder().backoff(backoff)
}

#[tokio::test]
async fn durations_out_of_bounds_are_errors() {
    let not_zero: [SetTime; 9] = [
        (Setting::GatewayInfoDeadline, |time| {
            gateway_info(|all| all.deadline = time)
        }),
        (Setting::GatewayInfoAttemptTimeout, |time| {
            gateway_info(|all| all.attempt_timeout = time)
        }),
        (Setting::ConnectTimeout, |time| {
            timeouts(|all| all.connect = time)
        }),
        (Setting::HelloTimeout, |time| {
            timeouts(|all| all.hello = time)
        }),
        (Setting::ResumedTimeout, |time| {
            timeouts(|all| all.resumed = time)
        }),
        (Setting::PermitReport, |time| {
            timeouts(|all| all.permit_report = time)
        }),
        (Setting::ReadyReport, |time| {
            timeouts(|all| all.ready_report = time)
        }),
        (Setting::BackoffBase, |time| backoff(time, time)),
        (Setting::BackoffCap, |time| {
            backoff(time.min(Duration::from_secs(1)), time)
        }),
    ];
    let may_be_zero: [SetTime; 5] = [
        (Setting::CloseTimeout, |time| {
            timeouts(|all| all.close = time)
        }),
        (Setting::StableTime, |time| {
            timeouts(|all| all.stable = time)
        }),
        (Setting::CommandTimeout, |time| {
            timeouts(|all| all.command = time)
        }),
        (Setting::ResumeHostTime, |time| {
            recovery(|all| all.resume_host.within = time)
        }),
        (Setting::MainHostTime, |time| {
            recovery(|all| all.main_host.within = time)
        }),
    ];
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    for (setting, with) in not_zero.into_iter().chain(may_be_zero) {
        assert!(with(year).try_build().is_ok(), "{setting}");
        for too_long in [year + Duration::from_nanos(1), Duration::MAX] {
            check(with(too_long), ConfigErrorKind::TooLong(setting)).await;
        }
    }
    // With a cap of zero, the base is zero as well and reported first.
    for (setting, with) in &not_zero[..7] {
        check(with(Duration::ZERO), ConfigErrorKind::Zero(*setting)).await;
    }
    let cap = backoff(Duration::from_secs(1), Duration::ZERO);
    check(cap, ConfigErrorKind::Zero(Setting::BackoffCap)).await;
    for (setting, with) in may_be_zero {
        assert!(with(Duration::ZERO).try_build().is_ok(), "{setting}");
    }

    let second = Duration::from_secs(1);
    assert!(backoff(second, second).try_build().is_ok());
    let over = backoff(second + Duration::from_nanos(1), second);
    check(over, ConfigErrorKind::BackoffBaseOverCap).await;
}

#[tokio::test]
async fn zero_limits_are_errors() {
    let limits = DecoderLimits {
        max_message_bytes: 0,
    };
    let kind = ConfigErrorKind::Zero(Setting::MaxMessageBytes);
    check(builder().decoder_limits(limits), kind).await;
    let kind = ConfigErrorKind::Zero(Setting::CommandBound);
    check(builder().command_bound(0), kind).await;
}
