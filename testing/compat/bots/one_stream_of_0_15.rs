//! A bot in the style of twilight-gateway 0.15: one stream of all shards, in one task.

use futures_util::StreamExt as _;
use std::error::Error;
use twilight_gateway::{
    ConfigBuilder, Event, Intents, Message,
    stream::{self, ShardEventStream, ShardMessageStream},
};
use twilight_http::Client;

/// The events that the bot received.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) shards_ready: usize,
    pub(crate) messages: usize,
    pub(crate) texts: usize,
}

/// Runs until each shard is ready and some messages were received, as events and as text.
pub(crate) async fn run(
    token: String,
    gateway: String,
    rest: String,
) -> Result<Seen, Box<dyn Error>> {
    let client = Client::builder()
        .token(token.clone())
        .proxy(rest, true)
        .build();
    let config = ConfigBuilder::new(token, Intents::GUILDS | Intents::GUILD_MESSAGES)
        .proxy_url(gateway)
        .build();

    let mut shards = stream::create_recommended(&client, config, |_, builder| builder.build())
        .await?
        .collect::<Vec<_>>();

    let mut seen = Seen::default();
    let total = shards.len();
    let mut stream = ShardEventStream::new(shards.iter_mut());
    while let Some((shard, event)) = stream.next().await {
        let event = match event {
            Ok(event) => event,
            Err(source) => {
                tracing::warn!(?source, "no event");

                if source.is_fatal() {
                    break;
                }

                continue;
            }
        };

        tracing::debug!(?event, shard = ?shard.id(), "event");
        match event {
            Event::Ready(_) => seen.shards_ready += 1,
            Event::MessageCreate(_) => seen.messages += 1,
            _ => {}
        }
        if seen.shards_ready == total && seen.messages >= 10 {
            break;
        }
    }
    drop(stream);

    let mut stream = ShardMessageStream::new(shards.iter_mut());
    while let Some((shard, message)) = stream.next().await {
        tracing::debug!(?message, session = ?shard.session(), "message");
        seen.texts += usize::from(matches!(message?, Message::Text(_)));
        if seen.texts >= 10 {
            break;
        }
    }
    Ok(seen)
}
