//! The number of shards and the limits of `GET /gateway/bot` are used.
#![cfg(feature = "twilight-http")]

use crate::harness::{config, in_time, start};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_shard::{
    Config, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
    create_recommended,
    error::{StartRecommendedError, StartRecommendedErrorKind},
};
use std::{error::Error, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use twilight_http::Client;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns a client of this `http://` URL.
fn client(rest_url: &str) -> Client {
    let address = rest_url.trim_start_matches("http://").to_owned();
    Client::builder()
        .token(DEFAULT_TOKEN.to_owned())
        .proxy(address, true)
        .build()
}

fn unchanged(_: ShardId, builder: ConfigBuilder) -> Config {
    builder.build()
}

#[tokio::test]
async fn recommended_shards_start_within_the_limits() {
    let emulator = start(Emulator::builder().shards(4).max_concurrency(4)).await;
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .gateway_url(emulator.url())
        .build();
    let shards = create_recommended(&client(emulator.rest_url()), config, unchanged)
        .await
        .unwrap();
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
    let config = Config::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS);
    let shards: Vec<Shard> = create_recommended(&client(emulator.rest_url()), config, unchanged)
        .await
        .unwrap()
        .collect();
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
    let config = config(&emulator).build();
    let error = create_recommended(&client(emulator.rest_url()), config, unchanged)
        .await
        .map(drop)
        .unwrap_err();
    assert_eq!(*error.kind(), StartRecommendedErrorKind::Request);
    assert!(error.source().is_some());
    assert!(!format!("{error:?} {error}").contains(DEFAULT_TOKEN));
}

/// Runs a server that sends one response.
async fn answer(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let byte = stream.read_u8().await.unwrap();
            request.push(byte);
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        // The client closes the connection after the response.
        _ = stream.read_u8().await;
    });
    format!("http://{address}")
}

async fn answered(body: &'static str) -> Result<Vec<Shard>, StartRecommendedError> {
    let config = Config::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS);
    let client = client(&answer(body).await);
    let shards = in_time("an answer", create_recommended(&client, config, unchanged)).await?;
    Ok(shards.collect())
}

#[tokio::test]
async fn zero_shards_are_an_error() {
    let error = answered(
        r#"{"url":"wss://gateway.discord.gg","shards":0,"session_start_limit":
            {"total":1000,"remaining":1000,"reset_after":0,"max_concurrency":1}}"#,
    )
    .await
    .unwrap_err();
    assert_eq!(*error.kind(), StartRecommendedErrorKind::NoShards);
    assert!(error.into_parts().1.is_none());
}

#[tokio::test]
async fn invalid_response_is_an_error() {
    let error = answered(r#"{"shards":"many"}"#).await.unwrap_err();
    assert_eq!(*error.kind(), StartRecommendedErrorKind::Deserializing);
}

#[tokio::test]
async fn inconsistent_limits_are_accepted() {
    let shards = answered(
        r#"{"url":"wss://gateway.discord.gg","shards":2,"session_start_limit":
            {"total":1000,"remaining":4000,"reset_after":86400000,"max_concurrency":0}}"#,
    )
    .await
    .unwrap();
    assert_eq!(shards.len(), 2);
    let queue = shards[0].config().queue();
    let permit = in_time("a permit", queue.acquire(0)).await.unwrap();
    permit.spend();
    let position = queue.waiting(1);
    assert!(position.is_none(), "no shard waits: {position:?}");
    assert!(format!("{queue:?}").contains(&format!("{DAY:?}")));
}
