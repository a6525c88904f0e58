//! Reactions to messages.

use serde_json::{Value, json};

use super::{event::Event, scene::Scene};
use crate::world::words;

const EMOJIS: &[&str] = &["👍", "❤️", "😂", "🎉", "👀", "🔥", "😢"];

pub(super) fn add(scene: &mut Scene<'_>) -> Event {
    let message = scene.remembered_message();
    let member = scene.guild.any_member(scene.world.seed, scene.rng);
    let author = scene.guild.member(scene.world.seed, message.author).user.id;
    let data = json!({
        "user_id": member.user.id.to_string(),
        "type": 0,
        "message_id": message.id.to_string(),
        "message_author_id": author.to_string(),
        "member": member.json(),
        "emoji": emoji(scene),
        "channel_id": message.channel.to_string(),
        "burst": false,
        "burst_colors": [],
        "guild_id": scene.guild.id.to_string(),
    });
    Event::in_guild("MESSAGE_REACTION_ADD", scene.guild.id, data)
}

pub(super) fn remove(scene: &mut Scene<'_>) -> Event {
    let message = scene.remembered_message();
    let member = scene.guild.any_member(scene.world.seed, scene.rng);
    let data = json!({
        "user_id": member.user.id.to_string(),
        "type": 0,
        "message_id": message.id.to_string(),
        "emoji": emoji(scene),
        "channel_id": message.channel.to_string(),
        "burst": false,
        "guild_id": scene.guild.id.to_string(),
    });
    Event::in_guild("MESSAGE_REACTION_REMOVE", scene.guild.id, data)
}

fn emoji(scene: &mut Scene<'_>) -> Value {
    if scene.rng.percent(30) {
        let id = scene.guild.emoji(scene.rng.below(10));
        json!({"name": words::slug(scene.rng, '_'), "id": id.to_string(), "animated": false})
    } else {
        json!({"name": scene.rng.pick(EMOJIS), "id": null})
    }
}
