//! Op 4: the voice state of the bot ([P27](gloaming_protocol::rules#p27)).

use serde_json::json;

use super::context::{CommandContext, CommandOutcome, CommandReply, VoiceCapacity};
use crate::{
    model::client_payload::{Snowflake, VoiceStateUpdate},
    traffic::Event,
};

/// Joins, moves to or leaves a voice channel: VOICE_STATE_UPDATE for everyone, and VOICE_SERVER_UPDATE for the bot.
/// Unknown guilds and channels are ignored, and so are channels that the bot can't view or that are
/// full ([P39](gloaming_protocol::rules#p39)).
pub(super) fn update(
    context: &mut CommandContext<'_>,
    update: &VoiceStateUpdate,
    outcome: &mut CommandOutcome,
) {
    let Some(guild) = context.guild(update.guild_id, outcome) else {
        return;
    };
    let channel = update.channel_id.map(|Snowflake(id)| id);
    let can_join = |id| {
        context.voice_capacity == VoiceCapacity::Free
            && guild.has_voice_channel(id)
            && !context.world.is_hidden(guild, id)
    };
    if channel.is_some_and(|id| !can_join(id)) {
        return;
    }
    let state = json!({
        "member": context.world.bot_member(guild),
        "user_id": context.world.bot.id.to_string(),
        "suppress": false,
        "session_id": context.rng.hex(32),
        "self_video": false,
        "self_mute": update.self_mute,
        "self_deaf": update.self_deaf,
        "request_to_speak_timestamp": null,
        "mute": false,
        "guild_id": guild.id.to_string(),
        "deaf": false,
        "channel_id": channel.map(|id| id.to_string()),
    });
    let event = Event::in_guild("VOICE_STATE_UPDATE", guild.id, state);
    outcome.replies.push(CommandReply::Event(event));
    if channel.is_some() {
        let server = json!({
            "token": context.rng.hex(16),
            "guild_id": guild.id.to_string(),
            "endpoint": "rotterdam1.voice.example:2048",
        });
        outcome.dispatch("VOICE_SERVER_UPDATE", &server);
    }
}
