//! Keeps guilds, channels and members at hand with `twilight-cache-inmemory`: events are twilight-model's, so the cache
//! takes them as they are.

use gloaming::{
    CloseFrame, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _, emulator::Emulator,
};
use gloaming_examples::{Result, Stage};
use twilight_cache_inmemory::DefaultInMemoryCache;

const GUILDS: u32 = 4;

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(Emulator::builder().guilds(GUILDS).members(30)).await?;
    let intents = Intents::GUILDS | Intents::GUILD_MEMBERS | Intents::GUILD_MESSAGES;
    let mut shard = Shard::with_config(ShardId::ONE, stage.config(intents)?.build());

    let cache = DefaultInMemoryCache::builder()
        .message_cache_size(100)
        .build();
    let (sender, seen_by) = (shard.sender(), &cache);
    let director = async {
        // READY, and a GUILD_CREATE each.
        stage
            .ended(|stats| stats.dispatches > GUILDS.into())
            .await?;
        match stage.emulator() {
            // Once the cache has them all, the play ends.
            Some(emulator) => {
                for guild in emulator.guild_ids() {
                    emulator.say(guild, "remember this");
                }
            }
            None => sender.close(CloseFrame::NORMAL)?,
        }
        Ok(())
    };
    let bot = async {
        // Only what the cache has a use for is parsed at all.
        let wanted = EventTypeFlags::from_intents(intents);
        while let Some(item) = shard.next_event(wanted).await {
            match item {
                Ok(event) => {
                    seen_by.update(&event);
                    let messages = seen_by.iter().messages().count();
                    if stage.emulator().is_some() && messages == GUILDS as usize {
                        // What comes after the first time finds it closed.
                        _ = sender.close(CloseFrame::NORMAL);
                    }
                }
                Err(error) if error.is_fatal() => return Err(error.into()),
                Err(error) => eprintln!("{error}"),
            }
        }
        Ok(())
    };
    let (bot, director): (Result<()>, Result<()>) = tokio::join!(bot, director);
    bot?;
    director?;

    for guild in cache.iter().guilds() {
        let members = cache
            .guild_members(guild.id())
            .map_or(0, |members| members.len());
        let channels = cache
            .guild_channels(guild.id())
            .map_or(0, |channels| channels.len());
        println!(
            "{}: {members} members known, {channels} channels",
            guild.name()
        );
    }
    let stats = cache.stats();
    let messages = cache.iter().messages().count();
    println!(
        "{} guilds, {} users, {messages} messages",
        stats.guilds(),
        stats.users()
    );
    if stage.emulator().is_some() && stats.guilds() != GUILDS as usize {
        return Err("the cache lacks guilds".into());
    }
    stage.clear().await
}
