//! Joins the first voice channel that it sees and prints the address of the voice server: what a voice library needs.
//!
//! It reads the bot's token from `DISCORD_TOKEN`; on ctrl-c it leaves the channel and ends. To run it against another
//! gateway than Discord's, such as `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
};
use std::{env, error::Error};
use twilight_model::{
    channel::ChannelType,
    gateway::payload::{incoming::GuildCreate, outgoing::UpdateVoiceState},
    id::{Id, marker::GuildMarker},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let intents = Intents::GUILDS | Intents::GUILD_VOICE_STATES;
    let mut config = ConfigBuilder::new(token, intents);
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }
    let mut shard = Shard::with_config(ShardId::ONE, config.build());

    let wanted = EventTypeFlags::READY
        | EventTypeFlags::GUILD_CREATE
        | EventTypeFlags::VOICE_STATE_UPDATE
        | EventTypeFlags::VOICE_SERVER_UPDATE;
    let mut me = None;
    let mut joined: Option<Id<GuildMarker>> = None;
    let shutdown = shutdown::requested();
    tokio::pin!(shutdown);
    let mut is_leaving = false;
    loop {
        let item = tokio::select! {
            item = shard.next_event(wanted) => item,
            result = &mut shutdown, if !is_leaving => {
                result?;
                is_leaving = true;
                match joined {
                    Some(guild) => {
                        shard.command(&UpdateVoiceState::new(guild, None, false, false));
                    }
                    None => shard.close(CloseFrame::NORMAL),
                }
                continue;
            }
        };
        let event = match item {
            Some(Ok(event)) => event,
            Some(Err(error)) if error.is_fatal() => return Err(error.into()),
            Some(Err(error)) => {
                eprintln!("{error}");
                continue;
            }
            None => return Ok(()),
        };
        match event {
            Event::Ready(ready) => me = Some(ready.user.id),
            Event::GuildCreate(guild) => {
                let GuildCreate::Available(guild) = *guild else {
                    continue;
                };
                let voice = |kind| kind == ChannelType::GuildVoice;
                let channel = guild.channels.iter().find(|channel| voice(channel.kind));
                if let (Some(channel), None) = (channel, joined) {
                    println!("joining a voice channel of {}", guild.name);
                    joined = Some(guild.id);
                    shard.command(&UpdateVoiceState::new(guild.id, channel.id, true, false));
                }
            }
            Event::VoiceStateUpdate(update) if Some(update.user_id) == me => {
                match update.channel_id {
                    Some(channel) => {
                        println!("in channel {channel}, session {}", update.session_id);
                    }
                    None => {
                        println!("left the voice channel");
                        shard.close(CloseFrame::NORMAL);
                    }
                }
            }
            Event::VoiceServerUpdate(server) => match server.endpoint {
                Some(endpoint) => println!("the voice server is {endpoint}"),
                // Discord looks for another server and sends another update.
                None => println!("no voice server at the moment"),
            },
            _ => {}
        }
    }
}
