//! Members of guilds.

use serde_json::{Value, json};
use twilight_model::id::marker::RoleMarker;

use super::{
    audit_log::{Action, Change},
    context::{Outcome, RequestContext},
    error::{ApiError, INVALID_ROLE, NOT_CONNECTED_TO_VOICE, UNKNOWN_ROLE},
    fields::{self, Field, snowflake},
    response::RestResponse,
};
use crate::{
    traffic::Event,
    world::{guild::Guild, user::id_of},
};

/// What a bot can change about a member.
const FIELDS: &[Field] = &[
    Field::text("nick", 0, 32),
    Field::snowflakes("roles", 250),
    Field::boolean("mute"),
    Field::boolean("deaf"),
    Field::any("communication_disabled_until"),
    Field::integer("flags", 0, i64::MAX),
];

/// The fields of a member that a bot can remove.
const NULLABLE: [&str; 2] = ["nick", "communication_disabled_until"];

/// What a bot can change about itself as a member.
const OWN_FIELDS: &[Field] = &[
    Field::text("nick", 0, 32),
    Field::any("avatar"),
    Field::any("banner"),
    Field::text("bio", 0, 190),
];

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let user = context.user_id()?;
    Ok(RestResponse::ok(context.member(&guild, user)?))
}

/// The members by user id.
pub(super) fn list(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let limit = context.limit(1000, 1)?;
    let after = context.query_id("after")?.unwrap_or(0);
    let members = context.gateway.world().members(&guild);
    let page = members.range(after.saturating_add(1)..).take(limit);
    Ok(RestResponse::ok(
        page.map(|(_, member)| member.clone()).collect(),
    ))
}

/// The members whose user name or nickname starts with a text.
pub(super) fn search(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let limit = context.limit(1000, 1)?;
    let Some(query) = context.query("query") else {
        let (code, message) = ("BASE_TYPE_REQUIRED", "This field is required");
        return Err(ApiError::invalid_field("query", code, message));
    };
    let query = query.to_lowercase();
    let starts = |name: &Value| {
        let name = name.as_str().map(str::to_lowercase);
        name.is_some_and(|name| name.starts_with(&query))
    };
    let members = context.gateway.world().members(&guild);
    let found = members.into_values().filter(|member| {
        let user = &member["user"];
        [&user["username"], &user["global_name"], &member["nick"]]
            .into_iter()
            .any(starts)
    });
    Ok(RestResponse::ok(found.take(limit).collect()))
}

pub(super) fn modify(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let user = context.user_id()?;
    let before = context.member(&guild, user)?;
    let mut body = context.object(FIELDS)?;
    // Other fields that are null stay as they are.
    body.retain(|name, value| !value.is_null() || NULLABLE.contains(&name.as_str()));
    if body
        .get("channel_id")
        .is_some_and(|channel| !channel.is_null())
    {
        return Err(NOT_CONNECTED_TO_VOICE);
    }
    let mut member = before.clone();
    fields::apply(&mut member, &body, FIELDS);
    for role in member["roles"].as_array().into_iter().flatten() {
        let is_known = snowflake(role).is_some_and(|id| has_role(context, &guild, id));
        if !is_known {
            return Err(INVALID_ROLE);
        }
    }
    update(context, &guild, &before, member.clone())?;
    Ok(RestResponse::ok(member))
}

pub(super) fn modify_own(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let before = context.member(&guild, context.bot())?;
    let body = context.object(OWN_FIELDS)?;
    let mut member = before.clone();
    fields::apply(&mut member, &body, OWN_FIELDS);
    if let Some(fields) = member.as_object_mut() {
        fields.remove("bio");
    }
    update(context, &guild, &before, member.clone())?;
    Ok(RestResponse::ok(member))
}

pub(super) fn add_role(context: &mut RequestContext<'_>) -> Outcome {
    change_role(context, |roles, role| {
        if !roles.contains(&role) {
            roles.push(role);
        }
    })
}

pub(super) fn remove_role(context: &mut RequestContext<'_>) -> Outcome {
    change_role(context, |roles, role| roles.retain(|other| *other != role))
}

pub(super) fn kick(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let user = context.user_id()?;
    let member = context.member(&guild, user)?;
    remove(context, &guild, member["user"].clone());
    context.audit(guild.id, Change::new(Action::MEMBER_KICK, Some(user)))?;
    Ok(RestResponse::no_content())
}

/// A user is no longer a member: GUILD_MEMBER_REMOVE.
pub(super) fn remove(context: &mut RequestContext<'_>, guild: &Guild, user: Value) {
    let data = json!({"guild_id": guild.id.to_string(), "user": user});
    let event = Event::in_guild("GUILD_MEMBER_REMOVE", guild.id, data);
    context.gateway.make_happen(&event);
}

fn change_role(
    context: &mut RequestContext<'_>,
    change: impl FnOnce(&mut Vec<u64>, u64),
) -> Outcome {
    let guild = context.guild()?;
    let user = context.user_id()?;
    let role = context.id::<RoleMarker>("role_id")?.get();
    let before = context.member(&guild, user)?;
    if !has_role(context, &guild, role) || role == guild.id {
        return Err(UNKNOWN_ROLE);
    }
    let roles = before["roles"].as_array().into_iter().flatten();
    let mut roles: Vec<u64> = roles.filter_map(snowflake).collect();
    change(&mut roles, role);
    let mut member = before.clone();
    member["roles"] = roles.iter().map(u64::to_string).collect();
    update(context, &guild, &before, member)?;
    Ok(RestResponse::no_content())
}

/// GUILD_MEMBER_UPDATE and entries of the audit log, unless nothing changed.
fn update(
    context: &mut RequestContext<'_>,
    guild: &Guild,
    before: &Value,
    member: Value,
) -> Result<(), ApiError> {
    if *before == member {
        return Ok(());
    }
    let user = id_of(&member["user"]);
    let fields = FIELDS
        .iter()
        .map(Field::name)
        .filter(|name| *name != "roles");
    let change = Change::new(Action::MEMBER_UPDATE, user).between(before, &member, fields);
    let roles = role_change(context, guild, before, &member);
    let mut data = member;
    data["guild_id"] = guild.id.to_string().into();
    let event = Event::in_guild("GUILD_MEMBER_UPDATE", guild.id, data);
    context.gateway.make_happen(&event);
    if !change.is_empty() {
        context.audit(guild.id, change)?;
    }
    if let Some(change) = roles {
        context.audit(guild.id, change)?;
    }
    Ok(())
}

/// The entry of the audit log about added and removed roles.
fn role_change(
    context: &RequestContext<'_>,
    guild: &Guild,
    before: &Value,
    after: &Value,
) -> Option<Change> {
    let all = context.gateway.world().roles(guild);
    let list = |member: &Value, other: &Value| -> Option<Value> {
        let others = other["roles"].as_array()?;
        let roles = member["roles"].as_array()?.iter();
        let only: Vec<Value> = roles
            .filter(|role| !others.contains(role))
            .map(|id| {
                let role = all.iter().find(|role| role["id"] == *id);
                json!({"id": id, "name": role.map(|role| role["name"].clone())})
            })
            .collect();
        (!only.is_empty()).then(|| only.into())
    };
    let (added, removed) = (list(after, before), list(before, after));
    let mut change = Change::new(Action::MEMBER_ROLE_UPDATE, id_of(&after["user"]));
    if added.is_none() && removed.is_none() {
        return None;
    }
    if added.is_some() {
        change = change.with_value("$add", None, added);
    }
    if removed.is_some() {
        change = change.with_value("$remove", None, removed);
    }
    Some(change)
}

fn has_role(context: &RequestContext<'_>, guild: &Guild, role: u64) -> bool {
    let roles = context.gateway.world().roles(guild);
    roles.iter().any(|other| id_of(other) == Some(role))
}
