//! Bans of guilds.

use serde_json::{Value, json};

use super::{
    audit_log::{Action, Change},
    context::{Outcome, RequestContext},
    error::{ApiError, BULK_BAN_FAILED, UNKNOWN_BAN},
    fields::{Field, snowflake},
    members,
    response::RestResponse,
};
use crate::{
    traffic::Event,
    world::{guild::Guild, user::id_of},
};

/// The most seconds of messages that a ban deletes: 7 days.
const MAX_DELETED_SECONDS: i64 = 604_800;

/// The most users of a bulk ban.
const MAX_BULK: usize = 200;

const FIELDS: &[Field] = &[
    Field::integer("delete_message_seconds", 0, MAX_DELETED_SECONDS),
    Field::integer("delete_message_days", 0, 7),
];

const BULK_FIELDS: &[Field] = &[
    Field::snowflakes("user_ids", MAX_BULK).required(),
    Field::integer("delete_message_seconds", 0, MAX_DELETED_SECONDS),
];

/// The bans by user id.
pub(super) fn list(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let limit = context.limit(1000, 1000)?;
    let before = context.query_id("before")?;
    let after = context.query_id("after")?;
    let bans = context.gateway.rest().bans(guild.id);
    let mut bans: Vec<&Value> = bans
        .filter(|(user, _)| before.is_none_or(|it| *user < it))
        .filter(|(user, _)| after.is_none_or(|it| *user > it))
        .map(|(_, ban)| ban)
        .collect();
    if before.is_some() && after.is_none() {
        // The page is the one right before the id.
        bans.drain(..bans.len().saturating_sub(limit));
    }
    Ok(RestResponse::ok(
        bans.into_iter().take(limit).cloned().collect(),
    ))
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let user = context.user_id()?;
    let mut bans = context.gateway.rest().bans(guild.id);
    let ban = bans.find(|(banned, _)| *banned == user);
    let (_, ban) = ban.ok_or(UNKNOWN_BAN)?;
    Ok(RestResponse::ok(ban.clone()))
}

pub(super) fn create(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let user = context.user_id()?;
    let user = context.user(user)?;
    context.object(FIELDS)?;
    ban(context, &guild, user)?;
    Ok(RestResponse::no_content())
}

pub(super) fn create_bulk(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let body = context.object(BULK_FIELDS)?;
    let ids = body["user_ids"].as_array().into_iter().flatten();
    let (mut banned, mut failed) = (Vec::new(), Vec::new());
    for id in ids.filter_map(snowflake) {
        let is_banned = context
            .gateway
            .rest()
            .bans(guild.id)
            .any(|(user, _)| user == id);
        match context.user(id) {
            Ok(user) if !is_banned => {
                ban(context, &guild, user)?;
                banned.push(id.to_string());
            }
            _ => failed.push(id.to_string()),
        }
    }
    if banned.is_empty() {
        return Err(BULK_BAN_FAILED);
    }
    Ok(RestResponse::ok(
        json!({"banned_users": banned, "failed_users": failed}),
    ))
}

pub(super) fn delete(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let user = context.user_id()?;
    let mut bans = context.gateway.rest().bans(guild.id);
    let (_, ban) = bans
        .find(|(banned, _)| *banned == user)
        .ok_or(UNKNOWN_BAN)?;
    let data = json!({"guild_id": guild.id.to_string(), "user": ban["user"]});
    drop(bans);
    context
        .gateway
        .make_happen(&Event::in_guild("GUILD_BAN_REMOVE", guild.id, data));
    context.audit(guild.id, Change::new(Action::MEMBER_BAN_REMOVE, Some(user)))?;
    Ok(RestResponse::no_content())
}

fn ban(context: &mut RequestContext<'_>, guild: &Guild, user: Value) -> Result<(), ApiError> {
    let id = id_of(&user).unwrap_or(0);
    let reason = context.reason()?;
    let data = json!({"guild_id": guild.id.to_string(), "user": user});
    context
        .gateway
        .make_happen(&Event::in_guild("GUILD_BAN_ADD", guild.id, data));
    context
        .gateway
        .rest_mut()
        .set_ban_reason(guild.id, id, reason);
    if context.gateway.world().member(guild, id).is_some() {
        members::remove(context, guild, user);
    }
    context.audit(guild.id, Change::new(Action::MEMBER_BAN_ADD, Some(id)))
}
