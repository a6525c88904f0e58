//! Members who join and leave voice channels.

use serde_json::json;

use super::{event::Event, scene::Scene};

pub(super) fn update(scene: &mut Scene<'_>) -> Event {
    let member = scene.guild.any_member(scene.world.seed, scene.rng);
    let channel = scene
        .rng
        .percent(60)
        .then(|| scene.guild.any_voice_channel(scene.rng).to_string());
    let data = json!({
        "member": member.json(),
        "user_id": member.user.id.to_string(),
        "suppress": false,
        "session_id": scene.rng.hex(32),
        "self_video": false,
        "self_mute": scene.rng.percent(30),
        "self_deaf": scene.rng.percent(10),
        "request_to_speak_timestamp": null,
        "mute": false,
        "guild_id": scene.guild.id.to_string(),
        "deaf": false,
        "channel_id": channel,
    });
    Event::in_guild("VOICE_STATE_UPDATE", scene.guild.id, data)
}
