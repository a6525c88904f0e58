//! Pinned messages: the paths below `/channels/{id}/messages/pins`, and the older ones below `/channels/{id}/pins`.

use serde_json::{Value, json};
use twilight_model::id::marker::MessageMarker;

use super::{
    audit_log::{Action, Change},
    context::{Outcome, RequestContext},
    error::{ApiError, TOO_MANY_PINS},
    fields::snowflake,
    response::RestResponse,
};
use crate::{
    traffic::{Author, Draft, Event, MessageKind},
    world::places::Place,
};

/// The most pinned messages of a channel.
const MAX_PINS: usize = 250;

/// The pins with their times, the last pinned first.
pub(super) fn list(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    let limit = context.limit(50, 50)?;
    let before = context.query("before");
    let pins = context.gateway.rest().pins(place.channel);
    let pins: Vec<(&str, &Value)> = pins
        .into_iter()
        .filter(|(at, _)| before.as_ref().is_none_or(|before| *at < before.as_ref()))
        .collect();
    let has_more = pins.len() > limit;
    let items = pins.into_iter().take(limit);
    let items: Vec<Value> = items
        .map(|(at, message)| json!({"pinned_at": at, "message": message}))
        .collect();
    Ok(RestResponse::ok(
        json!({"items": items, "has_more": has_more}),
    ))
}

/// The older path, which returns at most 50 messages.
pub(super) fn list_older(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    let pins = context.gateway.rest().pins(place.channel);
    let messages = pins
        .into_iter()
        .take(50)
        .map(|(_, message)| message.clone());
    Ok(RestResponse::ok(messages.collect()))
}

pub(super) fn pin(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    let message = context.message(place)?;
    if message["pinned"] == true {
        return Ok(RestResponse::no_content());
    }
    if context.gateway.rest().pins(place.channel).len() >= MAX_PINS {
        return Err(TOO_MANY_PINS);
    }
    let (at, _) = context.gateway.rest_mut().next_id();
    changed(context, place, message, Some(at.iso8601()))?;
    let bot = Author::bot(context.gateway.world(), place.guild, place.channel);
    let id = context.text("message_id").to_owned();
    let mut reference =
        json!({"type": 0, "message_id": id, "channel_id": place.channel.to_string()});
    if let Some(guild) = place.guild {
        reference["guild_id"] = guild.to_string().into();
    }
    let notice = Draft::text("").with_reference(reference, Value::Null);
    context.gateway.write_as(bot, MessageKind::Pinned, &notice);
    Ok(RestResponse::no_content())
}

pub(super) fn unpin(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    let message = context.message(place)?;
    if message["pinned"] == true {
        changed(context, place, message, None)?;
    }
    Ok(RestResponse::no_content())
}

/// MESSAGE_UPDATE and CHANNEL_PINS_UPDATE, and an entry of the audit log.
fn changed(
    context: &mut RequestContext<'_>,
    place: Place,
    mut message: Value,
    at: Option<String>,
) -> Result<(), ApiError> {
    let id = context.id::<MessageMarker>("message_id")?.get();
    message["pinned"] = at.is_some().into();
    let action = match &at {
        Some(_) => Action::MESSAGE_PIN,
        None => Action::MESSAGE_UNPIN,
    };
    context.gateway.rest_mut().set_pinned(id, at);
    let author = snowflake(&message["author"]["id"]);
    context
        .gateway
        .make_happen(&Event::custom("MESSAGE_UPDATE".into(), message));
    let pins = context.gateway.rest().pins(place.channel);
    let last = pins.first().map(|(at, _)| (*at).to_owned());
    let mut data = json!({"channel_id": place.channel.to_string(), "last_pin_timestamp": last});
    if let Some(guild) = place.guild {
        data["guild_id"] = guild.to_string().into();
    }
    context
        .gateway
        .make_happen(&Event::custom("CHANNEL_PINS_UPDATE".into(), data));
    let Some(guild) = place.guild else {
        return Ok(());
    };
    let change = Change::new(action, author).with_options(json!({
        "channel_id": place.channel.to_string(),
        "message_id": id.to_string(),
    }));
    context.audit(guild, change)
}
