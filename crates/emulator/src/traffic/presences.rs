//! Presences and typing.

use serde_json::json;

use super::{event::Event, scene::Scene};
use crate::world::presence::presence;

const STATUSES: &[&str] = &["online", "online", "idle", "dnd", "offline"];

pub(super) fn update(scene: &mut Scene<'_>) -> Event {
    let mut member = scene.guild.any_member(scene.world.seed, scene.rng);
    member.status = scene.rng.pick(STATUSES);
    let mut data = presence(&member, Some(scene.guild));
    data["processed_at_timestamp"] = scene.now.unix_ms().into();
    Event::in_guild("PRESENCE_UPDATE", scene.guild.id, data)
}

pub(super) fn typing(scene: &mut Scene<'_>) -> Event {
    let member = scene.guild.any_member(scene.world.seed, scene.rng);
    let data = json!({
        "user_id": member.user.id.to_string(),
        "timestamp": scene.now.unix_seconds(),
        "member": member.json(),
        "channel_id": scene.guild.any_text_channel(scene.rng).to_string(),
        "guild_id": scene.guild.id.to_string(),
    });
    Event::in_guild("TYPING_START", scene.guild.id, data)
}
