//! Joins a voice channel and learns where its voice server is: what a voice library needs to connect.

use gloaming::{
    CloseFrame, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _, emulator::Emulator,
};
use gloaming_examples::{Result, Stage};
use twilight_model::{
    channel::ChannelType,
    gateway::payload::{incoming::GuildCreate, outgoing::UpdateVoiceState},
    voice::VoiceState,
};

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(Emulator::builder().guilds(1)).await?;
    let intents = Intents::GUILDS | Intents::GUILD_VOICE_STATES;
    let mut shard = Shard::with_config(ShardId::ONE, stage.config(intents)?.build());

    let wanted = EventTypeFlags::READY
        | EventTypeFlags::GUILD_CREATE
        | EventTypeFlags::VOICE_STATE_UPDATE
        | EventTypeFlags::VOICE_SERVER_UPDATE;
    let mut me = None;
    while let Some(item) = shard.next_event(wanted).await {
        match item? {
            Event::Ready(ready) => me = Some(ready.user.id),
            Event::GuildCreate(guild) => {
                let GuildCreate::Available(guild) = *guild else {
                    continue;
                };
                let is_voice = |kind| kind == ChannelType::GuildVoice;
                if let Some(channel) = guild.channels.iter().find(|channel| is_voice(channel.kind))
                {
                    println!("joining a voice channel of {}, deaf", guild.name);
                    shard.command(&UpdateVoiceState::new(guild.id, channel.id, true, false));
                }
            }
            Event::VoiceStateUpdate(update) if Some(update.user_id) == me => {
                let VoiceState {
                    channel_id,
                    session_id,
                    ..
                } = &update.0;
                println!("in channel {channel_id:?} with voice session {session_id}");
                if channel_id.is_none() {
                    shard.close(CloseFrame::NORMAL);
                }
            }
            Event::VoiceServerUpdate(server) => match server.endpoint {
                Some(endpoint) => {
                    println!("the voice server is {endpoint}; leaving");
                    shard.command(&UpdateVoiceState::new(server.guild_id, None, false, false));
                }
                // The server went away and another is being found: wait for the next update.
                None => println!("no voice server at the moment"),
            },
            _ => {}
        }
    }
    stage.clear().await
}
