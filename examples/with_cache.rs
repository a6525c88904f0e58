//! Keeps guilds, channels, members and messages in a `twilight-cache-inmemory`.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and ends on ctrl-c. To run it against another gateway than Discord's,
//! such as `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
};
use std::{env, error::Error};
use twilight_cache_inmemory::DefaultInMemoryCache;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let intents = Intents::GUILDS | Intents::GUILD_MEMBERS | Intents::GUILD_MESSAGES;
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

    let cache = DefaultInMemoryCache::builder()
        .message_cache_size(100)
        .build();
    // Events that the cache does not use are not parsed at all.
    let wanted = EventTypeFlags::from_intents(intents);
    while let Some(item) = shard.next_event(wanted).await {
        let event = match item {
            Ok(event) => event,
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => {
                eprintln!("{error}");
                continue;
            }
        };
        cache.update(&event);
        match event {
            Event::GuildCreate(guild) => {
                let id = guild.id();
                if let Some(guild) = cache.guild(id) {
                    let members = cache.guild_members(id).map_or(0, |members| members.len());
                    let channels = cache.guild_channels(id).map_or(0, |it| it.len());
                    println!("{}: {members} members, {channels} channels", guild.name());
                }
            }
            Event::MessageCreate(message) => {
                let guild = message.guild_id.and_then(|id| cache.guild(id));
                let place = guild.as_ref().map_or("a direct message", |it| it.name());
                println!("{} in {place}", message.author.name);
            }
            _ => {}
        }
    }

    let stats = cache.stats();
    println!(
        "cached {} guilds, {} users, {} messages",
        stats.guilds(),
        stats.users(),
        cache.iter().messages().count()
    );
    Ok(())
}
