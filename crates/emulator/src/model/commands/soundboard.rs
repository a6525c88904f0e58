//! Op 31: soundboard sounds ([P26](gloaming_protocol::rules#p26)).

use serde_json::{Value, json};

use super::context::{CommandContext, CommandOutcome};
use crate::model::client_payload::RequestSoundboardSounds;

/// Replies with one SOUNDBOARD_SOUNDS per guild.
pub(super) fn request(
    context: &CommandContext<'_>,
    request: &RequestSoundboardSounds,
    outcome: &mut CommandOutcome,
) {
    for guild_id in &request.guild_ids {
        let Some(guild) = context.guild(*guild_id, outcome) else {
            continue;
        };
        let owner = guild.member(context.world.seed, 0).user;
        let sounds: Vec<Value> = (0..)
            .zip(["airhorn", "cricket", "golf clap"])
            .map(|(at, name)| {
                json!({
                    "volume": 1.0,
                    "user": owner.json(),
                    "sound_id": guild.emoji(1000 + at).to_string(),
                    "name": name,
                    "guild_id": guild.id.to_string(),
                    "emoji_name": "📣",
                    "emoji_id": null,
                    "available": true,
                })
            })
            .collect();
        let data = json!({"soundboard_sounds": sounds, "guild_id": guild.id.to_string()});
        outcome.dispatch("SOUNDBOARD_SOUNDS", &data);
    }
}
