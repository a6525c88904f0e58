//! Requests to the gateway whose replies are awaited: guild members, soundboard sounds, channel information.
//!
//! It reads the bot's token from `DISCORD_TOKEN`, asks about the bot's first guild, and ends. The bot needs the members
//! intent. To run it against another gateway than Discord's, such as `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    ChannelInfoField, CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Item,
    MessageSender, Shard, ShardId, error::SendErrorKind,
};
use std::{env, error::Error};
use twilight_model::{
    gateway::payload::outgoing::RequestGuildMembers,
    id::{Id, marker::GuildMarker},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let intents = Intents::GUILDS | Intents::GUILD_MEMBERS;
    let mut config = ConfigBuilder::new(token, intents);
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }

    // The shard runs in a task of its own. Its events must be taken, even though replies come on the request handles:
    // a shard whose buffer is full stops reading.
    let shard = Shard::with_config(ShardId::ONE, config.build());
    let mut shard = shard.spawn(EventTypeFlags::READY, 64);
    let sender = shard.sender().clone();

    let on_shutdown = sender.clone();
    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            // It fails only if the shard has stopped already.
            _ = on_shutdown.close(CloseFrame::NORMAL);
        }
    });

    let mut requests = None;
    while let Some(item) = shard.next_item().await {
        match item {
            Item::Event(Event::Ready(ready)) if requests.is_none() => {
                let guild = ready.guilds.first().ok_or("the bot is in no guild")?.id;
                let sender = sender.clone();
                requests = Some(tokio::spawn(async move {
                    let result = request(&sender, guild).await;
                    // It fails only if the shard has stopped already.
                    _ = sender.close(CloseFrame::NORMAL);
                    result
                }));
            }
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("{error}"),
            _ => {}
        }
    }
    match requests {
        Some(requests) => requests.await?,
        None => Ok(()),
    }
}

async fn request(sender: &MessageSender, guild: Id<GuildMarker>) -> Result<()> {
    // A request that the gateway would not reply to fails at once, with an error that names what is missing.
    let with_presences = RequestGuildMembers::builder(guild)
        .presences(true)
        .query("", None);
    match sender.request_members(with_presences) {
        Err(error) if matches!(error.kind(), SendErrorKind::MissingIntents(_)) => {
            println!("not requested: {error}");
        }
        Err(error) => return Err(error.into()),
        Ok(_) => println!("members with presences were requested"),
    }

    // All members, chunk by chunk. The handle is also a `Stream`.
    let all = RequestGuildMembers::builder(guild).query("", None);
    let mut members = sender.request_members(all.clone())?;
    // An equal request shares the replies: the gateway gets one request.
    let shared = sender.request_members(all)?;
    while let Some(chunk) = members.next_chunk().await {
        let chunk = chunk?;
        println!(
            "chunk {} of {}: {} members",
            chunk.chunk_index + 1,
            chunk.chunk_count,
            chunk.members.len()
        );
    }
    let list = shared.into_list().await?;
    println!("{} members in total", list.members.len());

    // Members by name, as one list.
    let by_name = RequestGuildMembers::builder(guild).query("a", Some(3));
    let found = sender.request_members(by_name)?.into_list().await?;
    for member in &found.members {
        println!("name starts with a: {}", member.user.name);
    }

    // One reply for each guild, as a payload that you decode to a type of your own.
    let mut sounds = sender.request_soundboard_sounds([guild])?;
    while let Some(reply) = sounds.next_answer().await {
        let reply = reply?;
        let bytes = reply.payload().text().len();
        println!("sounds of guild {}: {bytes} bytes", reply.guild_id());
    }
    let fields = [ChannelInfoField::Status];
    let info = sender.request_channel_info(guild, fields)?.await?;
    println!("channels: {}", info.payload().data());
    Ok(())
}
