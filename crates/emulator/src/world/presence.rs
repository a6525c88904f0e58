//! Presences of members.

use serde_json::{Value, json};

use super::{calendar::Moment, guild::Guild, member::Member, words};
use crate::rng::Rng;

/// The clients of Discord, as keys of `client_status`, about as often as they are used.
const CLIENTS: &[&str] = &[
    "desktop", "desktop", "desktop", "desktop", "desktop", "mobile", "mobile", "mobile", "web",
    "vr",
];

/// The presence of a member: with `guild` for a PRESENCE_UPDATE, without it for a list of presences.
pub(crate) fn presence(member: &Member, guild: Option<&Guild>) -> Value {
    let mut rng = Rng::new(member.user.id);
    let activities = if rng.percent(40) {
        json!([{
            "type": 4,
            "state": words::sentence(&mut rng).chars().take(60).collect::<String>(),
            "name": "Custom Status",
            "id": "custom",
            "created_at": Moment::START.unix_ms(),
        }])
    } else {
        json!([])
    };
    let client_status = match member.status {
        "offline" => json!({}),
        status => json!({ rng.pick(CLIENTS): status }),
    };
    let mut presence = json!({
        "user": {"id": member.user.id.to_string()},
        "status": member.status,
        "processed_at_timestamp": 0,
        "game": null,
        "client_status": client_status,
        "activities": activities,
    });
    if let Some(guild) = guild {
        presence["guild_id"] = guild.id.to_string().into();
        presence["broadcast"] = Value::Null;
    }
    presence
}
