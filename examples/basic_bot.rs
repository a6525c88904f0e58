//! A bot with one shard that prints messages and answers `!ping`.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and ends on ctrl-c. To run it against another gateway than Discord's,
//! such as `gloaming-emulator`, set `GATEWAY_URL`, and `REST_PROXY` to the host and port of its REST API.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
};
use std::{env, error::Error, sync::Arc};
use twilight_http::Client;
use twilight_model::gateway::payload::incoming::MessageCreate;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let http = Arc::new(http_client(&token));

    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let mut config = ConfigBuilder::new(token, intents);
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }
    let mut shard = Shard::with_config(ShardId::ONE, config.build());

    let sender = shard.sender();
    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            // It fails only if the shard has stopped already.
            _ = sender.close(CloseFrame::NORMAL);
        }
    });

    let wanted = EventTypeFlags::READY | EventTypeFlags::MESSAGE_CREATE;
    while let Some(item) = shard.next_event(wanted).await {
        match item {
            Ok(Event::Ready(ready)) => println!("ready as {}", ready.user.name),
            Ok(Event::MessageCreate(message)) => {
                println!("{}: {}", message.author.name, message.content);
                // A handler in a task of its own does not keep the shard from reading.
                tokio::spawn(answer(Arc::clone(&http), message));
            }
            Ok(_) => {}
            Err(error) if error.is_fatal() => return Err(error.into()),
            // The shard recovers from any other error by itself.
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}

async fn answer(http: Arc<Client>, message: Box<MessageCreate>) {
    if message.content == "!ping" {
        let request = http.create_message(message.channel_id).content("pong!");
        if let Err(error) = request.await {
            eprintln!("{error}");
        }
    }
}

fn http_client(token: &str) -> Client {
    let client = Client::builder().token(token.to_owned());
    match env::var("REST_PROXY") {
        Ok(proxy) => client.proxy(proxy, true).ratelimiter(None).build(),
        Err(_) => client.build(),
    }
}
