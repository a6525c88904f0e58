//! Asking the gateway and waiting for the answer: members, soundboard sounds, channel info.
//!
//! Without a token it talks to the bundled emulator. With `DISCORD_TOKEN` set it asks about the first
//! guild of the bot's, which needs the members intent.

use gloaming::{
    ChannelInfoField, CloseFrame, Config, ConfigBuilder, Event, EventTypeFlags, Intents, Item,
    MessageSender, Shard, ShardId,
    emulator::{DEFAULT_TOKEN, Emulator},
    error::SendErrorKind,
};
use std::{env, error::Error};
use twilight_model::{
    gateway::payload::outgoing::RequestGuildMembers,
    id::{Id, marker::GuildMarker},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const MEMBERS: u32 = 2_500;

#[tokio::main]
async fn main() -> Result<()> {
    let intents = Intents::GUILDS | Intents::GUILD_MEMBERS;
    let (config, emulator) = match env::var("DISCORD_TOKEN") {
        Ok(token) => (Config::new(token, intents), None),
        Err(_) => {
            let emulator = Emulator::builder().guilds(1).members(MEMBERS);
            let emulator = emulator.start().await?;
            let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), intents)
                .gateway_url(emulator.url())
                .build();
            (config, Some(emulator))
        }
    };

    // The shard runs in a task of its own; answers come on the handles of those who ask. Its own events
    // are what they would be anyway, and have to be taken: a shard that nobody listens to stops reading.
    let mut shard = Shard::with_config(ShardId::ONE, config).spawn(EventTypeFlags::READY, 64);
    let sender = shard.sender().clone();
    let mut asking = None;
    while let Some(item) = shard.next_item().await {
        match item {
            Item::Event(Event::Ready(ready)) if asking.is_none() => {
                let guild = ready.guilds.first().ok_or("the bot is in no guild")?.id;
                asking = Some(tokio::spawn(ask_and_close(sender.clone(), guild)));
            }
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("{error}"),
            _ => {}
        }
    }
    let members = asking.ok_or("the shard never was ready")?.await??;

    if let Some(emulator) = emulator {
        let violations = emulator.violations();
        println!("rules broken, as the gateway saw it: {}", violations.len());
        emulator.shutdown().await;
        if members != MEMBERS as usize || !violations.is_empty() {
            return Err("the bot and the gateway disagree".into());
        }
    }
    Ok(())
}

async fn ask_and_close(sender: MessageSender, guild: Id<GuildMarker>) -> Result<usize> {
    let answers = ask(&sender, guild).await;
    sender.close(CloseFrame::NORMAL)?;
    answers
}

/// Gives how many members the guild has.
async fn ask(sender: &MessageSender, guild: Id<GuildMarker>) -> Result<usize> {
    // What the gateway would not answer is an error at once, and says what is missing.
    let with_presences = RequestGuildMembers::builder(guild)
        .presences(true)
        .query("", None);
    match sender.request_members(with_presences) {
        Err(error) if matches!(error.kind(), SendErrorKind::MissingIntents(_)) => {
            println!("not asked: {error}");
        }
        _ => return Err("presences need an intent that this bot does not have".into()),
    }

    // All members, chunk by chunk. It is a `Stream`, too.
    let everybody = RequestGuildMembers::builder(guild).query("", None);
    let mut request = sender.request_members(everybody.clone())?;
    // Who asks the same in the meantime shares the answer: the gateway is asked once.
    let joined = sender.request_members(everybody)?;
    let mut count = 0;
    while let Some(chunk) = request.next_chunk().await {
        let chunk = chunk?;
        count += chunk.members.len();
        println!(
            "chunk {} of {}: {} members",
            chunk.chunk_index + 1,
            chunk.chunk_count,
            chunk.members.len()
        );
    }
    println!(
        "joined: {} members",
        joined.into_list().await?.members.len()
    );

    // By name, all at once.
    let by_name = RequestGuildMembers::builder(guild).query("a", Some(3));
    let found = sender.request_members(by_name)?.into_list().await?;
    for member in &found.members {
        println!("starts with an a: {}", member.user.name);
    }

    // One answer for each guild, to be decoded into a type of one's own.
    let mut sounds = sender.request_soundboard_sounds([guild])?;
    while let Some(answer) = sounds.next_answer().await {
        let answer = answer?;
        let bytes = answer.payload().text().len();
        println!("sounds of guild {}: {bytes} bytes", answer.guild_id());
    }
    let fields = [ChannelInfoField::Status];
    let info = sender.request_channel_info(guild, fields)?.await?;
    println!("channels: {}", info.payload().data());
    Ok(count)
}
