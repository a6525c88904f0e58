//! Users, the guilds of the bot, and its direct channels.

use serde_json::{Value, json};
use twilight_model::guild::Permissions;

use super::{
    context::{Outcome, RequestContext},
    error::{CANNOT_MESSAGE_USER, UNKNOWN_USER},
    fields::{Field, snowflake},
    response::RestResponse,
};
use crate::{traffic::Event, world::places::direct_channel};

pub(super) fn me(context: &mut RequestContext<'_>) -> Outcome {
    Ok(RestResponse::ok(context.gateway.world().bot.current_json()))
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let id = context.user_id()?;
    Ok(RestResponse::ok(context.user(id)?))
}

/// The guilds of the bot, by id.
pub(super) fn guilds(context: &mut RequestContext<'_>) -> Outcome {
    let limit = context.limit(200, 200)?;
    let before = context.query_id("before")?;
    let after = context.query_id("after")?;
    let with_counts = context.is_set("with_counts");
    let world = context.gateway.world();
    let mut ids: Vec<u64> = world.guild_ids().collect();
    ids.sort_unstable();
    ids.retain(|id| before.is_none_or(|it| *id < it) && after.is_none_or(|it| *id > it));
    if before.is_some() && after.is_none() {
        // The page is the one right before the id.
        ids.drain(..ids.len().saturating_sub(limit));
    }
    let guilds = ids.into_iter().filter_map(|id| world.guild(id)).take(limit);
    let list = guilds.map(|guild| {
        let all = world.guild_json(guild);
        let mut partial =
            json!({"owner": false, "permissions": Permissions::all().bits().to_string()});
        for name in ["id", "name", "icon", "banner", "features"] {
            partial[name] = all[name].clone();
        }
        if with_counts {
            for (name, count) in world.approximate_counts(guild) {
                partial[name] = count.into();
            }
        }
        partial
    });
    Ok(RestResponse::ok(list.collect::<Vec<Value>>().into()))
}

pub(super) fn leave_guild(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let data = json!({"id": guild.id.to_string()});
    context
        .gateway
        .make_happen(&Event::in_guild("GUILD_DELETE", guild.id, data));
    Ok(RestResponse::no_content())
}

/// Opens a direct channel, or returns the one that was opened with this user before.
pub(super) fn open_direct_channel(context: &mut RequestContext<'_>) -> Outcome {
    const FIELDS: &[Field] = &[Field::snowflake("recipient_id").required()];
    let body = context.object(FIELDS)?;
    let user = snowflake(&body["recipient_id"]).ok_or(UNKNOWN_USER)?;
    let recipient = context.user(user)?;
    if user == context.bot() {
        return Err(CANNOT_MESSAGE_USER);
    }
    let channel = context.gateway.direct_channel_with(user, &recipient);
    let channel = channel.ok_or(CANNOT_MESSAGE_USER)?;
    Ok(RestResponse::ok(direct_channel(channel, &recipient)))
}
