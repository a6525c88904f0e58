//! Invites of channels.

use serde_json::{Value, json};

use super::{
    audit_log::{Action, Change},
    channels,
    context::{Outcome, RequestContext},
    error::{ApiError, TOO_MANY_INVITES, UNKNOWN_INVITE, WRONG_CHANNEL_TYPE},
    fields::{Field, snowflake},
    response::RestResponse,
};
use crate::{model::MAX_INVITES_PER_GUILD, traffic::Event};

/// What a bot can choose about an invite.
const FIELDS: &[Field] = &[
    Field::integer("max_age", 0, 604_800),
    Field::integer("max_uses", 0, 100),
    Field::boolean("temporary"),
    Field::boolean("unique"),
    Field::choice("target_type", &[1, 2]),
    Field::snowflake("target_user_id"),
    Field::snowflake("target_application_id"),
];

/// The seconds after which an invite expires, unless a bot chooses.
const DEFAULT_AGE: u64 = 86_400;

/// Whether an invite has what only those see who may manage it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Metadata {
    Shown,
    Hidden,
}

pub(super) fn create(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.channel()?;
    let guild = context.guild_of(place)?;
    if place.is_thread() {
        return Err(WRONG_CHANNEL_TYPE);
    }
    let body = context.object(FIELDS)?;
    let invites = &context.gateway.rest().invites;
    if invites.with("guild_id", guild.id).count() >= MAX_INVITES_PER_GUILD {
        return Err(TOO_MANY_INVITES);
    }
    let number = |name: &str| body.get(name).and_then(Value::as_u64);
    let max_age = number("max_age").unwrap_or(DEFAULT_AGE);
    let (at, id) = context.gateway.rest_mut().next_id();
    let expires_at = (max_age > 0).then(|| at.plus_ms(max_age * 1000).iso8601());
    let mut data = json!({
        "uses": 0,
        "type": 0,
        "temporary": body.get("temporary").is_some_and(|it| *it == true),
        "max_uses": number("max_uses").unwrap_or(0),
        "max_age": max_age,
        "inviter": context.gateway.world().bot.json(),
        "guild_id": guild.id.to_string(),
        "expires_at": expires_at,
        "created_at": at.iso8601(),
        "code": code(id),
        "channel_id": place.channel.to_string(),
    });
    if let Some(target) = number("target_type") {
        data["target_type"] = target.into();
    }
    if let Some(user) = body.get("target_user_id").and_then(snowflake) {
        data["target_user"] = context.user(user)?;
    }
    let event = Event::in_guild("INVITE_CREATE", guild.id, data.clone());
    context.gateway.make_happen(&event);
    let names = ["code", "channel_id", "max_uses", "max_age", "temporary"];
    let change = Change::new(Action::INVITE_CREATE, None).between(&json!({}), &data, names);
    context.audit(guild.id, change)?;
    Ok(RestResponse::ok(json(context, &data, Metadata::Shown)?))
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let data = by_code(context)?;
    let mut invite = json(context, &data, Metadata::Hidden)?;
    if context.is_set("with_counts")
        && let Some(guild) = snowflake(&data["guild_id"])
    {
        let guild = context.guild_with(guild)?;
        for (name, count) in context.gateway.world().approximate_counts(&guild) {
            invite[name] = count.into();
        }
    }
    Ok(RestResponse::ok(invite))
}

pub(super) fn delete(context: &mut RequestContext<'_>) -> Outcome {
    let data = by_code(context)?;
    let invite = json(context, &data, Metadata::Hidden)?;
    let guild = snowflake(&data["guild_id"]).ok_or(UNKNOWN_INVITE)?;
    let mut deleted = json!({});
    for name in ["channel_id", "guild_id", "code"] {
        deleted[name] = data[name].clone();
    }
    let event = Event::in_guild("INVITE_DELETE", guild, deleted);
    context.gateway.make_happen(&event);
    let change = Change::new(Action::INVITE_DELETE, None).with_value(
        "code",
        Some(data["code"].clone()),
        None,
    );
    context.audit(guild, change)?;
    Ok(RestResponse::ok(invite))
}

pub(super) fn list_of_channel(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.channel()?;
    context.guild_of(place)?;
    list(context, "channel_id", place.channel)
}

pub(super) fn list_of_guild(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    list(context, "guild_id", guild.id)
}

fn list(context: &RequestContext<'_>, field: &'static str, id: u64) -> Outcome {
    let invites = context.gateway.rest().invites.with(field, id);
    let shown = invites.map(|data| json(context, data, Metadata::Shown));
    let list = shown.collect::<Result<Vec<Value>, ApiError>>()?;
    Ok(RestResponse::ok(list.into()))
}

fn by_code(context: &RequestContext<'_>) -> Result<Value, ApiError> {
    let invite = context.gateway.rest().invites.get(context.text("code"));
    invite.cloned().ok_or(UNKNOWN_INVITE)
}

/// The invite object. It has parts of its guild and channel, which it no longer has if these are gone.
fn json(context: &RequestContext<'_>, data: &Value, metadata: Metadata) -> Result<Value, ApiError> {
    let world = context.gateway.world();
    let mut invite = json!({});
    let shown = [
        "code",
        "type",
        "expires_at",
        "inviter",
        "target_type",
        "target_user",
        "guild_id",
    ];
    let managed = ["uses", "max_uses", "max_age", "temporary", "created_at"];
    let managed = managed.iter().filter(|_| metadata == Metadata::Shown);
    for name in shown.iter().chain(managed) {
        if let Some(value) = data.get(name) {
            invite[name] = value.clone();
        }
    }
    let guild = snowflake(&data["guild_id"]).and_then(|id| world.guild(id));
    if let Some(guild) = guild {
        let all = world.guild_json(guild);
        let mut partial = json!({});
        for name in [
            "id",
            "name",
            "splash",
            "banner",
            "description",
            "icon",
            "features",
            "verification_level",
            "vanity_url_code",
            "nsfw_level",
            "premium_subscription_count",
        ] {
            partial[name] = all[name].clone();
        }
        invite["guild"] = partial;
    }
    let place = snowflake(&data["channel_id"]).and_then(|id| world.place(id));
    if let Some(place) = place {
        let all = channels::json(context, place)?;
        let mut partial = json!({});
        for name in ["id", "name", "type"] {
            partial[name] = all[name].clone();
        }
        invite["channel"] = partial;
    }
    Ok(invite)
}

/// The code of the invite with this id: letters and digits.
fn code(mut id: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut code = String::new();
    while id > 0 {
        code.push(char::from(DIGITS[(id % 62) as usize]));
        id /= 62;
    }
    code
}
