//! Runs as many shards as Discord recommends, each in a task of its own.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and ends on ctrl-c. To run it against another gateway than Discord's,
//! such as `gloaming-emulator`, set `GATEWAY_URL`, and `REST_PROXY` to the host and port of its REST API.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, StreamExt as _,
    create_recommended, error::ReceiveMessageErrorKind,
};
use std::{env, error::Error};
use tokio::task::JoinSet;
use twilight_http::Client;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let http = http_client(&token);
    let mut config = ConfigBuilder::new(token, Intents::GUILDS | Intents::GUILD_MESSAGES);
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }

    // Asks Discord how many shards to start and how fast. They share one identify queue and one TLS configuration.
    let shards = create_recommended(&http, config.build(), |_, config| config.build()).await?;
    println!("starting {} shards", shards.len());
    let mut senders = Vec::with_capacity(shards.len());
    let mut tasks = JoinSet::new();
    for shard in shards {
        senders.push(shard.sender());
        tasks.spawn(run(shard));
    }

    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            for sender in senders {
                // It fails only if the shard has stopped already.
                _ = sender.close(CloseFrame::NORMAL);
            }
        }
    });
    while let Some(result) = tasks.join_next().await {
        result??;
    }
    Ok(())
}

async fn run(mut shard: Shard) -> Result<()> {
    let mut events = 0;
    while let Some(item) = shard.next_event(EventTypeFlags::all()).await {
        match item {
            Ok(Event::Ready(_)) => println!("shard {}: ready", shard.id()),
            Ok(Event::MessageCreate(message)) => {
                println!("shard {}: message of {}", shard.id(), message.author.name);
            }
            // Handle slow events in a task of their own, so that the shard goes on reading.
            Ok(_) => {}
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) if matches!(error.kind(), ReceiveMessageErrorKind::UnknownEvent(_)) => {}
            Err(error) => eprintln!("shard {}: {error}", shard.id()),
        }
        events += 1;
    }
    println!("shard {}: stopped after {events} events", shard.id());
    Ok(())
}

fn http_client(token: &str) -> Client {
    let client = Client::builder().token(token.to_owned());
    match env::var("REST_PROXY") {
        Ok(proxy) => client.proxy(proxy, true).ratelimiter(None).build(),
        Err(_) => client.build(),
    }
}
