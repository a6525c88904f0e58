//! Runs a bot on twilight-gateway, and prints a report of each event as a JSON object on its own line.

use std::{env, error::Error, fmt::Display, ops::ControlFlow};

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Message, Shard, ShardId, parse,
};
use twilight_http::Client;

/// The lock file, which contains the version of twilight-gateway.
const LOCK: &str = include_str!("../../../Cargo.lock");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    report(json!({"type": "start", "version": version(), "runtime": "Rust"}));
    let token = env::var("TOKEN")?;
    let api = env::var("API")?;
    let host = api.trim_start_matches("http://").trim_end_matches("/api");
    let http = Client::builder()
        .token(token.clone())
        .proxy(host.to_owned(), true)
        .ratelimiter(None)
        .build();
    let url = http.gateway().authed().await?.model().await?.url;

    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let config = ConfigBuilder::new(token, intents).proxy_url(url).build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    while let Some(item) = shard.next().await {
        match item {
            Ok(Message::Text(text)) => {
                report_event(&text)?;
                match parse(text, EventTypeFlags::all()) {
                    Ok(Some(event)) => {
                        if handle(event.into(), &http).await?.is_break() {
                            close(shard).await;
                            break;
                        }
                    }
                    Ok(None) => {}
                    Err(error) => report_error(&error),
                }
            }
            Ok(Message::Close(_)) => {}
            Err(error) => report_error(&error),
        }
    }
    Ok(())
}

/// Returns `Break` if the event tells the bot to close its connection.
async fn handle(event: Event, http: &Client) -> Result<ControlFlow<()>, Box<dyn Error>> {
    match event {
        Event::Ready(ready) => report(json!({"type": "ready", "guilds": ready.guilds.len()})),
        Event::Resumed => report(json!({"type": "resumed"})),
        Event::MessageCreate(message) if message.content == "!ping" => {
            http.create_message(message.channel_id)
                .content("pong")
                .await?;
        }
        Event::MessageCreate(message) if message.content == "!leave" => {
            return Ok(ControlFlow::Break(()));
        }
        _ => {}
    }
    Ok(ControlFlow::Continue(()))
}

/// Closes the connection. The shard is dropped after the close frame, because its stream would reconnect.
async fn close(mut shard: Shard) {
    shard.close(CloseFrame::NORMAL);
    while !matches!(shard.next().await, Some(Ok(Message::Close(_))) | None) {}
}

fn report_event(text: &str) -> Result<(), serde_json::Error> {
    let payload: Value = serde_json::from_str(text)?;
    if payload["op"] == 0 {
        report(json!({
            "type": "event",
            "name": payload["t"],
            "sequence": payload["s"],
            "id": payload["d"]["id"],
            "content": payload["d"]["content"],
        }));
    }
    Ok(())
}

fn report_error(error: &dyn Display) {
    report(json!({"type": "error", "message": error.to_string()}));
}

fn report(value: Value) {
    println!("{value}");
}

/// Returns the version of twilight-gateway.
fn version() -> &'static str {
    LOCK.split_once("name = \"twilight-gateway\"\nversion = \"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("unknown", |(version, _)| version)
}
