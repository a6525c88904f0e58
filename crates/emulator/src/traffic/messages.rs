//! Messages: created, edited and deleted.

use serde_json::{Value, json};

use super::{
    event::Event,
    scene::{Message, Scene},
};
use crate::world::{calendar::Moment, words};

pub(super) fn create(scene: &mut Scene<'_>) -> Event {
    let message = scene.new_message();
    let data = message_json(scene, &message, None);
    Event::in_guild("MESSAGE_CREATE", scene.guild.id, data)
}

pub(super) fn update(scene: &mut Scene<'_>) -> Event {
    let message = scene.remembered_message();
    let edited = scene.now;
    let data = message_json(scene, &message, Some(edited));
    Event::in_guild("MESSAGE_UPDATE", scene.guild.id, data)
}

pub(super) fn delete(scene: &mut Scene<'_>) -> Event {
    let message = scene.forgotten_message();
    let data = json!({
        "id": message.id.to_string(),
        "channel_id": message.channel.to_string(),
        "guild_id": scene.guild.id.to_string(),
    });
    Event::in_guild("MESSAGE_DELETE", scene.guild.id, data)
}

pub(super) fn delete_bulk(scene: &mut Scene<'_>) -> Event {
    let channel = scene.guild.any_text_channel(scene.rng);
    let ids: Vec<String> = (0..2 + scene.rng.below(20))
        .map(|at| scene.now.snowflake(at << 8).to_string())
        .collect();
    let data = json!({
        "ids": ids,
        "channel_id": channel.to_string(),
        "guild_id": scene.guild.id.to_string(),
    });
    Event::in_guild("MESSAGE_DELETE_BULK", scene.guild.id, data)
}

fn message_json(scene: &mut Scene<'_>, message: &Message, edited: Option<Moment>) -> Value {
    let author = scene.guild.member(scene.world.seed, message.author);
    let mentions: Vec<Value> = if scene.rng.percent(12) {
        let mentioned = scene.guild.any_member(scene.world.seed, scene.rng);
        let mut user = mentioned.user.json();
        user["member"] = mentioned.partial_json();
        vec![user]
    } else {
        Vec::new()
    };
    let mut data = json!({
        "type": 0,
        "tts": false,
        "timestamp": message.at.iso8601(),
        "pinned": false,
        "nonce": message.at.snowflake(0).to_string(),
        "mentions": mentions,
        "mention_roles": [],
        "mention_everyone": false,
        "member": author.partial_json(),
        "id": message.id.to_string(),
        "flags": 0,
        "embeds": embeds(scene),
        "edited_timestamp": edited.map(Moment::iso8601),
        "content": words::sentence(scene.rng),
        "components": [],
        "channel_type": 0,
        "channel_id": message.channel.to_string(),
        "author": author.user.json(),
        "attachments": attachments(scene, message),
        "guild_id": scene.guild.id.to_string(),
    });
    if scene.rng.percent(10) {
        data["type"] = 19.into();
        data["message_reference"] = json!({
            "type": 0,
            "message_id": message.at.snowflake(1).to_string(),
            "guild_id": scene.guild.id.to_string(),
            "channel_id": message.channel.to_string(),
        });
        data["referenced_message"] = Value::Null;
    }
    data
}

fn embeds(scene: &mut Scene<'_>) -> Vec<Value> {
    if !scene.rng.percent(8) {
        return Vec::new();
    }
    vec![json!({
        "type": "article",
        "url": "https://example.com/news",
        "title": words::display_name(scene.rng),
        "description": words::sentence(scene.rng),
        "color": scene.rng.below(0xff_ffff),
        "provider": {"name": "Example"},
    })]
}

fn attachments(scene: &mut Scene<'_>, message: &Message) -> Vec<Value> {
    if !scene.rng.percent(6) {
        return Vec::new();
    }
    let id = message.at.snowflake(2).to_string();
    let path = format!("attachments/{}/{id}/image.png", message.channel);
    vec![json!({
        "width": 1280,
        "url": format!("https://cdn.example.com/{path}"),
        "size": 20_000 + scene.rng.below(900_000),
        "proxy_url": format!("https://media.example.com/{path}"),
        "placeholder_version": 1,
        "placeholder": "PQgGDIKIl3eAeIeAeHh3d4d4eA==",
        "id": id,
        "height": 720,
        "filename": "image.png",
        "content_type": "image/png",
        "content_scan_version": 1,
    })]
}
