//! Members who join, change and leave.

use serde_json::json;

use super::{event::Event, scene::Scene};

pub(super) fn add(scene: &mut Scene<'_>) -> Event {
    // Not a member yet: the numbers of members are below the guild's count.
    let number = scene.guild.members + scene.rng.below(1000);
    let mut data = scene.guild.member(scene.world.seed, number).json();
    data["joined_at"] = scene.now.iso8601().into();
    data["roles"] = json!([]);
    data["guild_id"] = scene.guild.id.to_string().into();
    Event::in_guild("GUILD_MEMBER_ADD", scene.guild.id, data)
}

pub(super) fn update(scene: &mut Scene<'_>) -> Event {
    let mut data = scene.guild.any_member(scene.world.seed, scene.rng).json();
    data["roles"] = json!([scene
        .guild
        .role(1 + scene.rng.below(scene.guild.role_count() - 1))
        .to_string()]);
    data["guild_id"] = scene.guild.id.to_string().into();
    Event::in_guild("GUILD_MEMBER_UPDATE", scene.guild.id, data)
}

pub(super) fn remove(scene: &mut Scene<'_>) -> Event {
    let number = scene.guild.members + scene.rng.below(1000);
    let data = json!({
        "user": scene.guild.member(scene.world.seed, number).user.json(),
        "guild_id": scene.guild.id.to_string(),
    });
    Event::in_guild("GUILD_MEMBER_REMOVE", scene.guild.id, data)
}
