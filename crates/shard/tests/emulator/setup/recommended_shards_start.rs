//! The number of shards and the limits of `GET /gateway/bot` are used.
use crate::harness::{config, in_time, start};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_queue::QueueSettings;
use gloaming_shard::{
    Config, ConfigBuilder, Event, EventTypeFlags, GatewayInfoRequest, Intents, Shard, ShardId,
    StreamExt as _, create_from_info, error::GatewayInfoErrorKind, queue_settings,
};
use std::time::Duration;
use twilight_model::gateway::{SessionStartLimit, connection_info::BotConnectionInfo};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn unchanged(_: ShardId, builder: ConfigBuilder) -> Config {
    builder.build()
}

#[tokio::test]
async fn recommended_shards_start_within_the_limits() {
    let emulator = start(Emulator::builder().shards(4).max_concurrency(4)).await;
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .gateway_url(emulator.url())
        .api_url(emulator.rest_url())
        .build();
    let info = in_time("a response", GatewayInfoRequest::new(&config).send());
    let shards = create_from_info(&info.await.unwrap(), config, unchanged);
    assert_eq!(shards.len(), 4);
    let tasks: Vec<_> = shards
        .map(|mut shard| {
            tokio::spawn(async move {
                let event = shard.next_event(EventTypeFlags::READY).await;
                assert!(matches!(event, Some(Ok(Event::Ready(_)))), "{event:?}");
                shard
            })
        })
        .collect();
    let mut shards = Vec::new();
    for task in tasks {
        // Discord allows four to identify at once.
        shards.push(in_time("READY", task).await.unwrap());
    }
    let queue = format!("{:?}", shards[0].config().queue());
    assert!(queue.contains("max_concurrency: 4"), "{queue}");
    for (number, shard) in (0..).zip(&shards) {
        assert_eq!(shard.id(), ShardId::new(number, 4));
    }
    assert_eq!(emulator.violations(), []);
}

/// The queue of the common configuration is updated, and keeps its reserve.
#[tokio::test]
async fn queue_learns_the_remaining_session_starts() {
    let emulator = start(Emulator::builder().shards(2).session_starts(1000, 3)).await;
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .api_url(emulator.rest_url())
        .build();
    let info = in_time("a response", GatewayInfoRequest::new(&config).send());
    let shards: Vec<Shard> = create_from_info(&info.await.unwrap(), config, unchanged).collect();
    let queue = format!("{:?}", shards[0].config().queue());
    assert!(queue.contains("remaining: 3"), "{queue}");
    // The remaining three are the reserve and not granted.
    let acquire = shards[1].config().queue().acquire(1);
    let waited = tokio::time::timeout(Duration::from_millis(20), acquire).await;
    assert!(waited.is_err(), "{waited:?}");
}

#[tokio::test]
async fn unknown_token_is_an_error() {
    let emulator = start(Emulator::builder().token("the.right.one")).await;
    let config = config(&emulator).api_url(emulator.rest_url()).build();
    let request = in_time("a response", GatewayInfoRequest::new(&config).send());
    let error = request.await.unwrap_err();
    assert_eq!(error.kind(), GatewayInfoErrorKind::Token);
    assert!(!format!("{error:?} {error}").contains(DEFAULT_TOKEN));
}

fn info(limit: SessionStartLimit) -> BotConnectionInfo {
    BotConnectionInfo {
        session_start_limit: limit,
        shards: 2,
        url: "wss://gateway.discord.gg".to_owned(),
    }
}

#[tokio::test]
async fn inconsistent_limits_are_accepted() {
    let limit = SessionStartLimit {
        max_concurrency: 0,
        remaining: 4000,
        reset_after: 86_400_000,
        total: 1000,
    };
    let config = Config::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS);
    let shards: Vec<Shard> = create_from_info(&info(limit), config, unchanged).collect();
    assert_eq!(shards.len(), 2);
    let queue = shards[0].config().queue();
    let permit = in_time("a permit", queue.acquire(0)).await.unwrap();
    permit.spend();
    let position = queue.waiting(1);
    assert!(position.is_none(), "no shard waits: {position:?}");
    assert!(format!("{queue:?}").contains(&format!("{DAY:?}")));
}

/// For a fixed number of shards, whose queue does not learn them by itself.
#[test]
fn queue_settings_have_the_limits_and_the_default_reserve() {
    let limit = SessionStartLimit {
        max_concurrency: 16,
        remaining: 874,
        reset_after: 3_600_000,
        total: 2000,
    };
    let settings = queue_settings(&limit);
    let expected = QueueSettings {
        max_concurrency: 16.try_into().unwrap(),
        remaining: 874,
        total: 2000,
        reset_after: Duration::from_secs(3600),
        reserve: 20,
    };
    assert_eq!(settings, expected);
    let none = SessionStartLimit {
        max_concurrency: 0,
        ..limit
    };
    assert_eq!(queue_settings(&none).max_concurrency.get(), 1);
}

#[cfg(feature = "twilight-http")]
mod with_a_client {
    use super::*;
    use gloaming_shard::{
        create_recommended,
        error::{GatewayInfoError, StartRecommendedErrorKind},
    };
    use std::error::Error as _;
    use twilight_http::Client;

    /// Returns a client of this `http://` URL.
    fn client(rest_url: &str) -> Client {
        let address = rest_url.trim_start_matches("http://").to_owned();
        Client::builder()
            .token(DEFAULT_TOKEN.to_owned())
            .proxy(address, true)
            .build()
    }

    #[tokio::test]
    async fn recommended_shards_are_created() {
        let emulator = start(Emulator::builder().shards(4).max_concurrency(4)).await;
        let client = client(emulator.rest_url());
        let created = create_recommended(&client, config(&emulator).build(), unchanged);
        let shards = in_time("a response", created).await.unwrap();
        assert_eq!(shards.len(), 4);
    }

    #[tokio::test]
    async fn unknown_token_is_an_error_with_a_source() {
        let emulator = start(Emulator::builder().token("the.right.one")).await;
        let client = client(emulator.rest_url());
        let created = create_recommended(&client, config(&emulator).build(), unchanged);
        let error = in_time("a response", created).await.map(drop).unwrap_err();
        assert_eq!(*error.kind(), StartRecommendedErrorKind::Request);
        assert!(!format!("{error:?} {error}").contains(DEFAULT_TOKEN));
        let source = error.source().unwrap().downcast_ref::<GatewayInfoError>();
        assert_eq!(source.unwrap().kind(), GatewayInfoErrorKind::Token);
    }
}
