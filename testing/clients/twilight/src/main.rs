//! Runs a bot on twilight-gateway.

use std::{env, error::Error, ops::ControlFlow};

use futures_util::StreamExt as _;
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Message, Shard, ShardId,
    StreamExt as _,
};
use twilight_http::Client;
use twilight_model::gateway::payload::outgoing::RequestGuildMembers;

#[path = "../../rust/report.rs"]
mod report;

use report::{
    locked_version, report_error, report_members, report_message, report_ready, report_start,
};

/// The lock file, which contains the version of twilight-gateway.
const LOCK: &str = include_str!("../Cargo.lock");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    report_start(locked_version(LOCK, "twilight-gateway"));
    let token = env::var("TOKEN")?;
    let api = env::var("API")?;
    let host = api.trim_start_matches("http://").trim_end_matches("/api");
    let http = Client::builder()
        .token(token.clone())
        .proxy(host.to_owned(), true)
        .ratelimiter(None)
        .build();
    let url = http.gateway().authed().await?.model().await?.url;

    let intents = Intents::GUILDS
        | Intents::GUILD_MEMBERS
        | Intents::GUILD_MESSAGES
        | Intents::MESSAGE_CONTENT;
    let config = ConfigBuilder::new(token, intents).proxy_url(url).build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let mut members = 0;
    while let Some(event) = shard.next_event(EventTypeFlags::all()).await {
        match event {
            Ok(event) => {
                if handle(event, &shard, &http, &mut members).await?.is_break() {
                    close(shard).await;
                    break;
                }
            }
            Err(error) => report_error(&error),
        }
    }
    Ok(())
}

/// Returns `Break` if the event tells the bot to close its connection.
async fn handle(
    event: Event,
    shard: &Shard,
    http: &Client,
    members: &mut usize,
) -> Result<ControlFlow<()>, Box<dyn Error>> {
    match event {
        Event::Ready(ready) => report_ready(ready.guilds.len()),
        Event::MemberChunk(chunk) => {
            *members += chunk.members.len();
            if chunk.chunk_index + 1 == chunk.chunk_count {
                report_members(*members);
            }
        }
        Event::MessageCreate(message) => {
            report_message(&message.content);
            match (&*message.content, message.guild_id) {
                ("!ping", _) => {
                    http.create_message(message.channel_id)
                        .content("pong")
                        .await?;
                }
                ("!members", Some(guild)) => {
                    shard.command(&RequestGuildMembers::builder(guild).query("", None));
                }
                ("!leave", _) => return Ok(ControlFlow::Break(())),
                _ => {}
            }
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
