//! Tells on standard output, one JSON object a line, what happens to a bot on twilight-gateway.

use std::{env, error::Error, fmt::Display, ops::ControlFlow};

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Message, Shard, ShardId, parse,
};
use twilight_http::Client;

/// What it was built with.
const LOCK: &str = include_str!("../../../Cargo.lock");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    tell(json!({"seen": "start", "version": version(), "runtime": "Rust"}));
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
                tell_event(&text)?;
                match parse(text, EventTypeFlags::all()) {
                    Ok(Some(event)) => {
                        if react(event.into(), &http).await?.is_break() {
                            leave(shard).await;
                            break;
                        }
                    }
                    Ok(None) => {}
                    Err(error) => tell_trouble(&error),
                }
            }
            Ok(Message::Close(_)) => {}
            Err(error) => tell_trouble(&error),
        }
    }
    Ok(())
}

/// Breaks off if it was told to leave.
async fn react(event: Event, http: &Client) -> Result<ControlFlow<()>, Box<dyn Error>> {
    match event {
        Event::Ready(ready) => tell(json!({"seen": "ready", "guilds": ready.guilds.len()})),
        Event::Resumed => tell(json!({"seen": "resumed"})),
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

/// Its stream would go on with another connection.
async fn leave(mut shard: Shard) {
    shard.close(CloseFrame::NORMAL);
    while !matches!(shard.next().await, Some(Ok(Message::Close(_))) | None) {}
}

fn tell_event(text: &str) -> Result<(), serde_json::Error> {
    let payload: Value = serde_json::from_str(text)?;
    if payload["op"] == 0 {
        tell(json!({
            "seen": "event",
            "name": payload["t"],
            "sequence": payload["s"],
            "id": payload["d"]["id"],
            "content": payload["d"]["content"],
        }));
    }
    Ok(())
}

fn tell_trouble(error: &dyn Display) {
    tell(json!({"seen": "trouble", "what": error.to_string()}));
}

fn tell(happening: Value) {
    println!("{happening}");
}

/// Of twilight-gateway.
fn version() -> &'static str {
    LOCK.split_once("name = \"twilight-gateway\"\nversion = \"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("unknown", |(version, _)| version)
}
