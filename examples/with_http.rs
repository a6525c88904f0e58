//! Asks Discord over REST how many shards to start and how fast, and answers `!ping` over REST.
//!
//! [`create_recommended`](gloaming::create_recommended) does the first part in one call; this shows the steps.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and ends on ctrl-c. To run it against another gateway than Discord's,
//! such as `gloaming-emulator`, set `GATEWAY_URL`, and `REST_PROXY` to the host and port of its REST API.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
    queue::InMemoryQueue, queue_settings,
};
use std::{env, error::Error, sync::Arc};
use tokio::task::JoinSet;
use twilight_http::Client;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let http = Arc::new(http_client(&token));

    let me = http.current_user().await?.model().await?;
    let info = http.gateway().authed().await?.model().await?;
    let limit = info.session_start_limit;
    println!(
        "{} should run {} shards; {} of {} session starts are left today",
        me.name, info.shards, limit.remaining, limit.total
    );

    // The queue never spends the reserve: Discord resets the token of a bot that reaches the limit.
    let queue = InMemoryQueue::with_settings(queue_settings(&limit));
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let mut config = ConfigBuilder::new(token, intents).queue(queue);
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }
    let config = config.build();

    let mut senders = Vec::new();
    let mut tasks = JoinSet::new();
    for number in 0..info.shards {
        let shard = Shard::with_config(ShardId::new(number, info.shards), config.clone());
        senders.push(shard.sender());
        tasks.spawn(run(shard, Arc::clone(&http)));
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

async fn run(mut shard: Shard, http: Arc<Client>) -> Result<()> {
    let wanted = EventTypeFlags::GUILD_CREATE | EventTypeFlags::MESSAGE_CREATE;
    while let Some(item) = shard.next_event(wanted).await {
        match item {
            Ok(Event::GuildCreate(guild)) => println!("shard {}: guild {}", shard.id(), guild.id()),
            Ok(Event::MessageCreate(message)) if message.content == "!ping" => {
                let http = Arc::clone(&http);
                let answer = format!("pong from shard {}", shard.id());
                // A request in a task of its own does not keep the shard from reading.
                tokio::spawn(async move {
                    let request = http.create_message(message.channel_id).content(&answer);
                    match request.await {
                        Ok(_) => println!("answered: {answer}"),
                        Err(error) => eprintln!("{error}"),
                    }
                });
            }
            Ok(_) => {}
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}

fn http_client(token: &str) -> Client {
    let client = Client::builder().token(token.to_owned());
    match env::var("REST_PROXY") {
        Ok(proxy) => client.proxy(proxy, true).ratelimiter(None).build(),
        Err(_) => client.build(),
    }
}
