//! Guilds.

use serde_json::{Value, json};

use super::{
    context::{Outcome, RequestContext},
    response::RestResponse,
};

/// The guild, with approximate counts of its members if the query asks for them.
pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let world = context.gateway.world();
    let mut object = world.guild_json(&guild);
    if context.is_set("with_counts") {
        for (name, count) in world.approximate_counts(&guild) {
            object[name] = count.into();
        }
    }
    Ok(RestResponse::ok(object))
}

pub(super) fn preview(context: &mut RequestContext<'_>) -> Outcome {
    const FIELDS: [&str; 9] = [
        "id",
        "name",
        "icon",
        "splash",
        "discovery_splash",
        "emojis",
        "features",
        "description",
        "stickers",
    ];
    let guild = context.guild()?;
    let world = context.gateway.world();
    let object = world.guild_json(&guild);
    let mut preview = json!({});
    for name in FIELDS {
        preview[name] = object[name].clone();
    }
    for (name, count) in world.approximate_counts(&guild) {
        preview[name] = count.into();
    }
    Ok(RestResponse::ok(preview))
}

/// The sounds that every guild has, as the documentation lists them.
pub(super) fn default_sounds(_: &mut RequestContext<'_>) -> Outcome {
    let sounds = [
        ("quack", "🦆"),
        ("airhorn", "🔊"),
        ("cricket", "🦗"),
        ("golf clap", "👏"),
        ("sad horn", "🎺"),
        ("ba dum tss", "🥁"),
    ];
    let list = sounds.iter().zip(1..).map(|((name, emoji), id)| {
        json!({
            "volume": 1.0,
            "sound_id": id.to_string(),
            "name": name,
            "emoji_name": emoji,
            "emoji_id": null,
            "available": true,
        })
    });
    Ok(RestResponse::ok(list.collect::<Vec<Value>>().into()))
}
