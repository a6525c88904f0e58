//! Threads of channels.

use serde_json::{Map, Value, json};

use super::{
    audit_log::{Action, Change},
    channels,
    context::{Outcome, RequestContext, into_object},
    error::{
        ApiError, THREAD_ALREADY_CREATED, TOO_MANY_CHANNELS, UNKNOWN_MEMBER, UNKNOWN_MESSAGE,
        WRONG_CHANNEL_TYPE,
    },
    fields::{self, Field},
    response::RestResponse,
};
use crate::{
    traffic::{Author, Draft, Event, MessageKind},
    world::{
        places::{Place, channel_type},
        threads::Thread,
        user::id_of,
    },
};

/// The flag of a message that has a thread.
const HAS_THREAD: u64 = 1 << 5;

/// What a bot can choose about a new thread.
const FIELDS: &[Field] = &[
    Field::text("name", 1, 100).required(),
    Field::choice("auto_archive_duration", &[60, 1440, 4320, 10_080]),
    Field::integer("rate_limit_per_user", 0, 21_600),
    Field::choice("type", &[10, 11, 12]),
    Field::boolean("invitable"),
    Field::object("message"),
    Field::snowflakes("applied_tags", 5),
];

/// What a bot can change about a thread.
const CHANGEABLE: &[Field] = &[
    Field::text("name", 1, 100).not_null(),
    Field::boolean("archived").not_null(),
    Field::choice("auto_archive_duration", &[60, 1440, 4320, 10_080]).not_null(),
    Field::boolean("locked").not_null(),
    Field::boolean("invitable").not_null(),
    Field::integer("rate_limit_per_user", 0, 21_600),
    Field::integer("flags", 0, i64::MAX),
    Field::snowflakes("applied_tags", 5),
];

/// The fields that are in the metadata of a thread.
const METADATA: [&str; 4] = ["archived", "auto_archive_duration", "locked", "invitable"];

pub(super) fn start_from_message(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    let mut message = context.message(place)?;
    let body = context.object(FIELDS)?;
    let kind = match place.kind {
        channel_type::TEXT => channel_type::PUBLIC_THREAD,
        channel_type::ANNOUNCEMENT => channel_type::ANNOUNCEMENT_THREAD,
        _ => return Err(WRONG_CHANNEL_TYPE),
    };
    let id = id_of(&message).ok_or(UNKNOWN_MESSAGE)?;
    if context.gateway.world().threads.get(id).is_some() {
        return Err(THREAD_ALREADY_CREATED);
    }
    let thread = start(context, place, id, kind, &body)?;
    message["flags"] = (message["flags"].as_u64().unwrap_or(0) | HAS_THREAD).into();
    message["thread"] = thread.clone();
    let event = Event::custom("MESSAGE_UPDATE".into(), message.clone());
    context.gateway.make_happen(&event);
    let bot = Author::bot(context.gateway.world(), place.guild, id);
    let reference = json!({
        "type": 0,
        "message_id": message["id"],
        "guild_id": thread["guild_id"],
        "channel_id": place.channel.to_string(),
    });
    let starter = Draft::text("").with_reference(reference, message);
    context
        .gateway
        .write_as(bot, MessageKind::ThreadStarter, &starter);
    Ok(RestResponse::created(thread))
}

/// Starts a thread in a text channel, or a post in a forum, whose first message is in the body.
pub(super) fn start_without_message(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.channel()?;
    let body = into_object(context.message_body()?)?;
    fields::check(&body, FIELDS)?;
    let is_forum = matches!(place.kind, channel_type::FORUM | channel_type::MEDIA);
    if is_forum {
        let first = body.get("message").cloned().unwrap_or_default();
        let first = Draft::parse(first)?;
        let (_, id) = context.gateway.rest_mut().next_id();
        let mut thread = start(context, place, id, channel_type::PUBLIC_THREAD, &body)?;
        let inside = Place {
            channel: id,
            kind: channel_type::PUBLIC_THREAD,
            ..place
        };
        thread["message"] = context.gateway.write_message(inside, first);
        return Ok(RestResponse::created(thread));
    }
    let chosen = body.get("type").and_then(Value::as_u64);
    let kind = match (place.kind, chosen) {
        (channel_type::TEXT, None) => channel_type::PRIVATE_THREAD,
        (channel_type::TEXT, Some(kind)) if kind != channel_type::ANNOUNCEMENT_THREAD => kind,
        (channel_type::ANNOUNCEMENT, _) => channel_type::ANNOUNCEMENT_THREAD,
        _ => return Err(WRONG_CHANNEL_TYPE),
    };
    let (_, id) = context.gateway.rest_mut().next_id();
    let thread = start(context, place, id, kind, &body)?;
    if kind != channel_type::PRIVATE_THREAD {
        let bot = Author::bot(context.gateway.world(), place.guild, place.channel);
        let name = body["name"].as_str().unwrap_or_default();
        let reference =
            json!({"type": 0, "channel_id": id.to_string(), "guild_id": thread["guild_id"]});
        let notice = Draft::text(name).with_reference(reference, Value::Null);
        context
            .gateway
            .write_as(bot, MessageKind::ThreadCreated, &notice);
    }
    Ok(RestResponse::created(thread))
}

/// Changes a thread: THREAD_UPDATE.
pub(super) fn modify(context: &mut RequestContext<'_>, place: Place) -> Outcome {
    let guild = context.guild_of(place)?;
    let body = context.object(CHANGEABLE)?;
    let before = channels::json(context, place)?;
    let mut thread = before.clone();
    fields::apply(&mut thread, &body, CHANGEABLE);
    for name in METADATA {
        if let Some(value) = body.get(name) {
            thread["thread_metadata"][name] = value.clone();
            if let Some(fields) = thread.as_object_mut() {
                fields.remove(name);
            }
        }
    }
    if body.contains_key("archived") && thread["thread_metadata"] != before["thread_metadata"] {
        let (at, _) = context.gateway.rest_mut().next_id();
        thread["thread_metadata"]["archive_timestamp"] = at.iso8601().into();
    }
    if thread != before {
        let event = Event::in_guild("THREAD_UPDATE", guild.id, thread.clone());
        context.gateway.make_happen(&event);
        let mut change = Change::new(Action::THREAD_UPDATE, Some(place.channel)).between(
            &before,
            &thread,
            ["name", "rate_limit_per_user", "flags", "applied_tags"],
        );
        change = change.between(
            &before["thread_metadata"],
            &thread["thread_metadata"],
            METADATA,
        );
        context.audit(guild.id, change)?;
    }
    Ok(RestResponse::ok(thread))
}

/// The bot joins a thread.
pub(super) fn join(context: &mut RequestContext<'_>) -> Outcome {
    let bot = context.bot();
    add(context, bot)
}

pub(super) fn add_member(context: &mut RequestContext<'_>) -> Outcome {
    let user = context.user_id()?;
    add(context, user)
}

/// The bot leaves a thread.
pub(super) fn leave(context: &mut RequestContext<'_>) -> Outcome {
    let bot = context.bot();
    remove(context, bot)
}

pub(super) fn remove_member(context: &mut RequestContext<'_>) -> Outcome {
    let user = context.user_id()?;
    remove(context, user)
}

pub(super) fn member(context: &mut RequestContext<'_>) -> Outcome {
    let (_, thread) = thread(context)?;
    let user = context.user_id()?;
    let member = thread.member(user).ok_or(UNKNOWN_MEMBER)?;
    Ok(RestResponse::ok(shown(context, &thread, user, member)))
}

pub(super) fn members(context: &mut RequestContext<'_>) -> Outcome {
    let (_, thread) = thread(context)?;
    let limit = context.limit(100, 100)?;
    let after = context.query_id("after")?.unwrap_or(0);
    let all = thread.members().range(after.saturating_add(1)..);
    let page = all
        .take(limit)
        .map(|(user, member)| shown(context, &thread, *user, member));
    Ok(RestResponse::ok(page.collect::<Vec<Value>>().into()))
}

pub(super) fn active(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let world = context.gateway.world();
    let threads = world.threads.of_guild(guild.id);
    let active = threads.filter(|it| !it.is_archived() && !world.is_hidden(&guild, it.parent));
    Ok(listed(context, active.collect(), None))
}

pub(super) fn archived_public(context: &mut RequestContext<'_>) -> Outcome {
    archived(context, |thread| {
        thread.kind() != channel_type::PRIVATE_THREAD
    })
}

pub(super) fn archived_private(context: &mut RequestContext<'_>) -> Outcome {
    archived(context, |thread| {
        thread.kind() == channel_type::PRIVATE_THREAD
    })
}

pub(super) fn archived_private_joined(context: &mut RequestContext<'_>) -> Outcome {
    let bot = context.bot();
    archived(context, move |thread| {
        thread.kind() == channel_type::PRIVATE_THREAD && thread.member(bot).is_some()
    })
}

fn archived(context: &mut RequestContext<'_>, is_listed: impl Fn(&Thread) -> bool) -> Outcome {
    let place = context.channel()?;
    let guild = context.guild_of(place)?;
    let limit = context.limit(100, 50)?;
    let threads = context.gateway.world().threads.of_guild(guild.id);
    let of_channel = threads.filter(|it| it.parent == place.channel && it.is_archived());
    let found: Vec<&Thread> = of_channel.filter(|thread| is_listed(thread)).collect();
    let has_more = found.len() > limit;
    Ok(listed(
        context,
        found.into_iter().take(limit).collect(),
        Some(has_more),
    ))
}

/// A list of threads, and how the bot is a member of them.
fn listed(
    context: &RequestContext<'_>,
    threads: Vec<&Thread>,
    has_more: Option<bool>,
) -> RestResponse {
    let bot = context.bot();
    let members: Vec<&Value> = threads.iter().filter_map(|it| it.member(bot)).collect();
    let channels: Vec<Value> = threads.iter().map(|thread| thread.json()).collect();
    let mut body = json!({"threads": channels, "members": members});
    if let Some(has_more) = has_more {
        body["has_more"] = has_more.into();
    }
    RestResponse::ok(body)
}

/// Starts a thread, which the bot is a member of: THREAD_CREATE and THREAD_MEMBERS_UPDATE.
fn start(
    context: &mut RequestContext<'_>,
    place: Place,
    id: u64,
    kind: u64,
    body: &Map<String, Value>,
) -> Result<Value, ApiError> {
    let guild = context.guild_of(place)?;
    if context.gateway.world().threads.is_full() {
        return Err(TOO_MANY_CHANNELS);
    }
    let (at, _) = context.gateway.rest_mut().next_id();
    let bot = context.bot();
    let number = |name: &str, default: u64| {
        let chosen = body.get(name).and_then(Value::as_u64);
        chosen.unwrap_or(default)
    };
    let mut thread = json!({
        "type": kind,
        "total_message_sent": 0,
        "thread_metadata": {
            "locked": false,
            "create_timestamp": at.iso8601(),
            "auto_archive_duration": number("auto_archive_duration", 4320),
            "archived": false,
            "archive_timestamp": at.iso8601(),
        },
        "rate_limit_per_user": number("rate_limit_per_user", 0),
        "parent_id": place.channel.to_string(),
        "owner_id": bot.to_string(),
        "name": body["name"],
        "message_count": 0,
        "member_count": 1,
        "last_message_id": null,
        "id": id.to_string(),
        "guild_id": guild.id.to_string(),
        "flags": 0,
    });
    if kind == channel_type::PRIVATE_THREAD {
        let is_invitable = body.get("invitable").is_none_or(|it| *it != false);
        thread["thread_metadata"]["invitable"] = is_invitable.into();
    }
    if let Some(tags) = body.get("applied_tags") {
        thread["applied_tags"] = tags.clone();
    }
    let member = json!({
        "user_id": bot.to_string(),
        "muted": false,
        "mute_config": null,
        "join_timestamp": at.iso8601(),
        "id": id.to_string(),
        "flags": 1,
    });
    let mut data = thread.clone();
    data["newly_created"] = true.into();
    data["member"] = member.clone();
    context
        .gateway
        .make_happen(&Event::in_guild("THREAD_CREATE", guild.id, data));
    members_changed(context, guild.id, id, vec![member.clone()], &[]);
    let change = Change::new(Action::THREAD_CREATE, Some(id))
        .with_value("name", None, Some(thread["name"].clone()))
        .with_value("type", None, Some(kind.into()));
    context.audit(guild.id, change)?;
    thread["member"] = member;
    Ok(thread)
}

fn add(context: &mut RequestContext<'_>, user: u64) -> Outcome {
    let (place, thread) = thread(context)?;
    let guild = context.guild_of(place)?;
    let member = context.member(&guild, user)?;
    if thread.member(user).is_none() {
        let (at, _) = context.gateway.rest_mut().next_id();
        let added = json!({
            "user_id": user.to_string(),
            "presence": null,
            "muted": false,
            "mute_config": null,
            "member": member,
            "join_timestamp": at.iso8601(),
            "id": place.channel.to_string(),
            "flags": 1,
        });
        members_changed(context, guild.id, place.channel, vec![added], &[]);
    }
    Ok(RestResponse::no_content())
}

fn remove(context: &mut RequestContext<'_>, user: u64) -> Outcome {
    let (place, thread) = thread(context)?;
    if thread.member(user).is_some() {
        members_changed(context, thread.guild, place.channel, Vec::new(), &[user]);
    }
    Ok(RestResponse::no_content())
}

/// THREAD_MEMBERS_UPDATE.
fn members_changed(
    context: &mut RequestContext<'_>,
    guild: u64,
    thread: u64,
    added: Vec<Value>,
    removed: &[u64],
) {
    let before = context.gateway.world().threads.get(thread);
    let before = before.map_or(0, |thread| thread.members().len());
    let count = (before + added.len()).saturating_sub(removed.len()).min(50);
    let mut data = json!({
        "member_count": count,
        "id": thread.to_string(),
        "guild_id": guild.to_string(),
    });
    if !added.is_empty() {
        data["added_members"] = added.into();
    }
    if !removed.is_empty() {
        data["removed_member_ids"] = removed.iter().map(u64::to_string).collect();
    }
    let event = Event::in_guild("THREAD_MEMBERS_UPDATE", guild, data);
    context.gateway.make_happen(&event);
}

/// A thread member object, with the member of the guild if the query asks for it.
fn shown(context: &RequestContext<'_>, thread: &Thread, user: u64, member: &Value) -> Value {
    let mut object = member.clone();
    let world = context.gateway.world();
    if context.is_set("with_member")
        && let Some(guild) = world.guild(thread.guild)
    {
        object["member"] = world.member(guild, user).unwrap_or_default();
    }
    object
}

/// The thread of the path.
fn thread(context: &RequestContext<'_>) -> Result<(Place, Thread), ApiError> {
    let place = context.channel()?;
    let thread = context.gateway.world().threads.get(place.channel);
    Ok((place, thread.ok_or(WRONG_CHANNEL_TYPE)?.clone()))
}
