//! Channels of guilds.

use serde_json::{Map, Value, json};
use twilight_model::id::{Id, marker::GenericMarker};

use super::{
    audit_log::{Action, Change},
    context::{Outcome, RequestContext},
    error::{ApiError, TOO_MANY_CHANNELS, UNKNOWN_CHANNEL, UNKNOWN_GUILD, WRONG_CHANNEL_TYPE},
    fields::{self, Field, snowflake},
    response::RestResponse,
    threads,
};
use crate::{
    traffic::Event,
    world::{
        guild::Guild,
        places::{Place, channel_type},
        user::id_of,
    },
};

/// The most channels of a guild.
const MAX_CHANNELS: usize = 500;

/// What a bot can choose about a channel.
pub(super) const FIELDS: &[Field] = &[
    Field::text("name", 1, 100).not_null(),
    Field::choice("type", &[0, 2, 4, 5, 13, 15, 16]).not_null(),
    Field::integer("position", 0, i64::MAX),
    Field::text("topic", 0, 4096),
    Field::boolean("nsfw"),
    Field::integer("rate_limit_per_user", 0, 21_600),
    Field::integer("bitrate", 8000, 384_000),
    Field::integer("user_limit", 0, 10_000),
    Field::objects("permission_overwrites", 1000),
    Field::snowflake("parent_id"),
    Field::text("rtc_region", 0, 100),
    Field::integer("video_quality_mode", 1, 2),
    Field::integer("default_auto_archive_duration", 60, 10_080),
    Field::integer("flags", 0, i64::MAX),
    Field::objects("available_tags", 20),
    Field::any("default_reaction_emoji"),
    Field::integer("default_thread_rate_limit_per_user", 0, 21_600),
    Field::integer("default_sort_order", 0, 1),
    Field::integer("default_forum_layout", 0, 2),
];

const OVERWRITE: &[Field] = &[
    Field::choice("type", &[0, 1]).required(),
    Field::bits("allow"),
    Field::bits("deny"),
];

/// The channels that the bot can view: others are left out ([P37](gloaming_protocol::rules#p37)).
pub(super) fn list(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.id("guild_id")?;
    let channels = context.gateway.viewable_channels(guild);
    Ok(RestResponse::ok(channels.ok_or(UNKNOWN_GUILD)?.into()))
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.channel()?;
    Ok(RestResponse::ok(json(context, place)?))
}

pub(super) fn create(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let body = context.object(FIELDS)?;
    if !body.contains_key("name") {
        let (code, message) = ("BASE_TYPE_REQUIRED", "This field is required");
        return Err(ApiError::invalid_field("name", code, message));
    }
    if context.gateway.world().channels(&guild).len() >= MAX_CHANNELS {
        return Err(TOO_MANY_CHANNELS);
    }
    check_parent(context, &guild, &body)?;
    let (_, id) = context.gateway.rest_mut().next_id();
    let kind = body
        .get("type")
        .and_then(Value::as_u64)
        .unwrap_or(channel_type::TEXT);
    let mut channel = json!({
        "type": kind,
        "position": 0,
        "permission_overwrites": [],
        "parent_id": null,
        "nsfw": false,
        "name": "",
        "id": id.to_string(),
        "flags": 0,
    });
    let defaults = match kind {
        channel_type::CATEGORY => json!({}),
        channel_type::VOICE | channel_type::STAGE => json!({
            "bitrate": 64_000, "user_limit": 0, "rtc_region": null, "rate_limit_per_user": 0, "last_message_id": null,
        }),
        _ => json!({"topic": null, "rate_limit_per_user": 0, "last_message_id": null}),
    };
    for (name, value) in defaults.as_object().into_iter().flatten() {
        channel[name] = value.clone();
    }
    fields::apply(&mut channel, &body, FIELDS);
    complete(&mut channel, &body)?;
    let names = FIELDS.iter().map(Field::name);
    let change = Change::new(Action::CHANNEL_CREATE, Some(id)).between(&json!({}), &channel, names);
    channel["guild_id"] = guild.id.to_string().into();
    let event = Event::in_guild("CHANNEL_CREATE", guild.id, channel.clone());
    context.gateway.make_happen(&event);
    context.audit(guild.id, change)?;
    Ok(RestResponse::created(channel))
}

/// Changes the positions of channels: a CHANNEL_UPDATE for each.
pub(super) fn modify_positions(context: &mut RequestContext<'_>) -> Outcome {
    const FIELDS: &[Field] = &[
        Field::snowflake("id").required(),
        Field::integer("position", 0, i64::MAX),
        Field::snowflake("parent_id"),
    ];
    let guild = context.guild()?;
    let mut updates = Vec::new();
    for position in context.objects(FIELDS)? {
        check_parent(context, &guild, &position)?;
        let id = snowflake(&position["id"]).ok_or(UNKNOWN_CHANNEL)?;
        let place = context.viewable(id)?;
        if place.guild != Some(guild.id) {
            return Err(UNKNOWN_CHANNEL);
        }
        let mut channel = json(context, place)?;
        fields::apply(&mut channel, &position, &FIELDS[1..]);
        updates.push(channel);
    }
    for channel in updates {
        context
            .gateway
            .make_happen(&Event::in_guild("CHANNEL_UPDATE", guild.id, channel));
    }
    Ok(RestResponse::no_content())
}

pub(super) fn modify(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.channel()?;
    if place.is_thread() {
        return threads::modify(context, place);
    }
    let guild = context.guild_of(place)?;
    let body = context.object(FIELDS)?;
    check_parent(context, &guild, &body)?;
    let before = json(context, place)?;
    let mut channel = before.clone();
    fields::apply(&mut channel, &body, FIELDS);
    complete(&mut channel, &body)?;
    if channel != before {
        let event = Event::in_guild("CHANNEL_UPDATE", guild.id, channel.clone());
        context.gateway.make_happen(&event);
        let names = FIELDS.iter().map(Field::name);
        let change = Change::new(Action::CHANNEL_UPDATE, Some(place.channel))
            .between(&before, &channel, names);
        context.audit(guild.id, change)?;
    }
    Ok(RestResponse::ok(channel))
}

/// Deletes a channel or thread, or closes a direct channel.
pub(super) fn delete(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.channel()?;
    let channel = json(context, place)?;
    let Some(guild) = place.guild else {
        context
            .gateway
            .world_mut()
            .direct_channels
            .close(place.channel);
        return Ok(RestResponse::ok(channel));
    };
    let action = if place.is_thread() {
        let mut data = json!({"guild_id": guild.to_string()});
        for name in ["id", "parent_id", "type"] {
            data[name] = channel[name].clone();
        }
        context
            .gateway
            .make_happen(&Event::in_guild("THREAD_DELETE", guild, data));
        Action::THREAD_DELETE
    } else {
        let event = Event::in_guild("CHANNEL_DELETE", guild, channel.clone());
        context.gateway.make_happen(&event);
        Action::CHANNEL_DELETE
    };
    let change = Change::new(action, Some(place.channel)).with_value(
        "name",
        Some(channel["name"].clone()),
        None,
    );
    context.audit(guild, change)?;
    Ok(RestResponse::ok(channel))
}

/// Creates or replaces the permission overwrite of a role or member: CHANNEL_UPDATE.
pub(super) fn set_permission(context: &mut RequestContext<'_>) -> Outcome {
    let body = context.object(OVERWRITE)?;
    let bits = |name: &str| match body.get(name) {
        Some(Value::String(bits)) => bits.clone(),
        Some(Value::Number(bits)) => bits.to_string(),
        _ => "0".to_owned(),
    };
    let id = overwrite_id(context)?;
    let overwrite = json!({
        "type": body["type"],
        "id": id.to_string(),
        "deny": bits("deny"),
        "allow": bits("allow"),
    });
    change_overwrites(context, |overwrites| {
        let same = overwrites.iter_mut().find(|it| id_of(it) == Some(id));
        match same {
            Some(same) => {
                *same = overwrite;
                Action::OVERWRITE_UPDATE
            }
            None => {
                overwrites.push(overwrite);
                Action::OVERWRITE_CREATE
            }
        }
    })
}

/// Deletes the permission overwrite of a role or member: CHANNEL_UPDATE.
pub(super) fn delete_permission(context: &mut RequestContext<'_>) -> Outcome {
    let id = overwrite_id(context)?;
    change_overwrites(context, |overwrites| {
        overwrites.retain(|it| id_of(it) != Some(id));
        Action::OVERWRITE_DELETE
    })
}

fn change_overwrites(
    context: &mut RequestContext<'_>,
    change: impl FnOnce(&mut Vec<Value>) -> Action,
) -> Outcome {
    let place = context.channel()?;
    let guild = context.guild_of(place)?;
    if place.is_thread() {
        return Err(WRONG_CHANNEL_TYPE);
    }
    let mut channel = json(context, place)?;
    let overwrites = channel["permission_overwrites"].take();
    let mut overwrites = overwrites.as_array().cloned().unwrap_or_default();
    let action = change(&mut overwrites);
    channel["permission_overwrites"] = overwrites.into();
    context
        .gateway
        .make_happen(&Event::in_guild("CHANNEL_UPDATE", guild.id, channel));
    let options = json!({"id": context.text("overwrite_id")});
    let change = Change::new(action, Some(place.channel)).with_options(options);
    context.audit(guild.id, change)?;
    Ok(RestResponse::no_content())
}

fn overwrite_id(context: &RequestContext<'_>) -> Result<u64, ApiError> {
    let id: Id<GenericMarker> = context.id("overwrite_id")?;
    Ok(id.get())
}

/// The object of a channel that exists.
pub(super) fn json(context: &RequestContext<'_>, place: Place) -> Result<Value, ApiError> {
    context
        .gateway
        .world()
        .channel(place)
        .ok_or(UNKNOWN_CHANNEL)
}

/// A parent is a category of the guild.
fn check_parent(
    context: &RequestContext<'_>,
    guild: &Guild,
    body: &Map<String, Value>,
) -> Result<(), ApiError> {
    let Some(parent) = body.get("parent_id").and_then(snowflake) else {
        return Ok(());
    };
    let place = context.gateway.world().place(parent);
    let is_category =
        place.is_some_and(|it| it.guild == Some(guild.id) && it.kind == channel_type::CATEGORY);
    if is_category {
        return Ok(());
    }
    Err(ApiError::invalid_field(
        "parent_id",
        "CHANNEL_PARENT_INVALID",
        "Category does not exist",
    ))
}

/// Completes the overwrites that a body has.
fn complete(channel: &mut Value, body: &Map<String, Value>) -> Result<(), ApiError> {
    let Some(Value::Array(overwrites)) = body.get("permission_overwrites") else {
        if channel["permission_overwrites"].is_null() {
            channel["permission_overwrites"] = json!([]);
        }
        return Ok(());
    };
    let mut complete = Vec::new();
    for overwrite in overwrites {
        let fields = super::context::into_object(overwrite.clone())?;
        fields::check(&fields, &[Field::snowflake("id").required()])?;
        fields::check(&fields, OVERWRITE)?;
        let mut overwrite = json!({"allow": "0", "deny": "0"});
        fields::apply(&mut overwrite, &fields, &[Field::snowflake("id")]);
        fields::apply(&mut overwrite, &fields, OVERWRITE);
        for name in ["allow", "deny"] {
            if overwrite[name].is_null() {
                overwrite[name] = "0".into();
            }
        }
        complete.push(overwrite);
    }
    channel["permission_overwrites"] = complete.into();
    Ok(())
}
