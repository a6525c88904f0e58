//! Messages in channels.

use serde_json::{Value, json};
use twilight_model::id::{Id, marker::MessageMarker};

use super::{
    audit_log::{Action, Change},
    context::{Outcome, RequestContext},
    error::{
        ApiError, EMPTY_MESSAGE, INVALID_BULK_DELETE, OF_OTHER_AUTHOR, UNKNOWN_CHANNEL,
        UNKNOWN_MESSAGE,
    },
    fields::{Field, snowflake},
    response::RestResponse,
};
use crate::{
    model::{EditError, MessagePage, PagePosition},
    traffic::{Draft, DraftError, Event},
    world::places::Place,
};

/// The most messages that can be deleted at once.
const MAX_BULK_DELETE: usize = 100;

pub(super) fn create(context: &mut RequestContext<'_>) -> Outcome {
    let draft = Draft::parse(context.message_body()?)?;
    let place = context.message_channel()?;
    Ok(RestResponse::ok(
        context.gateway.write_message(place, draft),
    ))
}

pub(super) fn list(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    let page = page(context)?;
    let messages = context.gateway.rest().page(place.channel, page);
    Ok(RestResponse::ok(messages.into()))
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    context.message(place).map(RestResponse::ok)
}

pub(super) fn edit(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    let edit = context.message_body()?;
    let bot = context.bot();
    edit_in(context, place, &edit, bot)
}

pub(super) fn delete(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    let message = context.message(place)?;
    delete_in(context, place)?;
    let author = snowflake(&message["author"]["id"]);
    if let Some(guild) = place.guild
        && author != Some(context.bot())
    {
        let change = Change::new(Action::MESSAGE_DELETE, author)
            .with_options(json!({"channel_id": place.channel.to_string(), "count": "1"}));
        context.audit(guild, change)?;
    }
    Ok(RestResponse::no_content())
}

pub(super) fn delete_bulk(context: &mut RequestContext<'_>) -> Outcome {
    const FIELDS: &[Field] = &[Field::snowflakes("messages", usize::MAX).required()];
    let place = context.message_channel()?;
    let guild = context.guild_of(place)?;
    let body = context.object(FIELDS)?;
    let ids = body["messages"].as_array().into_iter().flatten();
    let ids: Vec<u64> = ids.filter_map(snowflake).collect();
    if !(2..=MAX_BULK_DELETE).contains(&ids.len()) {
        return Err(INVALID_BULK_DELETE);
    }
    // What does not exist is ignored, as Discord does.
    let rest = context.gateway.rest();
    let existing: Vec<String> = (ids.iter())
        .filter(|id| rest.message(place.channel, **id).is_some())
        .map(u64::to_string)
        .collect();
    let count = existing.len();
    if count > 0 {
        let data = json!({
            "ids": existing,
            "channel_id": place.channel.to_string(),
            "guild_id": guild.id.to_string(),
        });
        let event = Event::in_guild("MESSAGE_DELETE_BULK", guild.id, data);
        context.gateway.make_happen(&event);
        let change = Change::new(Action::MESSAGE_BULK_DELETE, Some(place.channel))
            .with_options(json!({"count": count.to_string()}));
        context.audit(guild.id, change)?;
    }
    Ok(RestResponse::no_content())
}

/// Has no effect: bots do not get typing events of themselves.
pub(super) fn trigger_typing(context: &mut RequestContext<'_>) -> Outcome {
    context.message_channel()?;
    Ok(RestResponse::no_content())
}

/// The bot or a webhook edits the message of the path.
pub(super) fn edit_in(
    context: &mut RequestContext<'_>,
    place: Place,
    edit: &Value,
    editor: u64,
) -> Outcome {
    let id = context.id::<MessageMarker>("message_id")?.get();
    let channel = Id::new_checked(place.channel).ok_or(UNKNOWN_CHANNEL)?;
    let edited = context.gateway.edit_message(channel, id, edit, editor)?;
    Ok(RestResponse::ok(edited))
}

/// Deletes the message of the path.
pub(super) fn delete_in(context: &mut RequestContext<'_>, place: Place) -> Result<(), ApiError> {
    let id = context.id::<MessageMarker>("message_id")?.get();
    let channel = Id::new_checked(place.channel).ok_or(UNKNOWN_CHANNEL)?;
    let deleted = context.gateway.delete_message(channel, id);
    deleted.map(|_| ()).ok_or(UNKNOWN_MESSAGE)
}

/// The page that the query asks for.
fn page(context: &RequestContext<'_>) -> Result<MessagePage, ApiError> {
    let limit = context.limit(100, 50)?;
    let position = |key, position: fn(u64) -> PagePosition| {
        Ok::<_, ApiError>(context.query_id(key)?.map(position))
    };
    let before = position("before", PagePosition::Before)?;
    let after = position("after", PagePosition::After)?;
    let around = position("around", PagePosition::Around)?;
    let position = around.or(before).or(after);
    Ok(MessagePage {
        limit,
        position: position.unwrap_or(PagePosition::Newest),
    })
}

impl From<DraftError> for ApiError {
    fn from(reason: DraftError) -> Self {
        match reason {
            DraftError::Empty => EMPTY_MESSAGE,
            DraftError::Malformed => Self::invalid_field(
                "content",
                "STRING_TYPE_CONVERT",
                "Could not interpret \"...\" as string.",
            ),
            DraftError::TooLong => Self::invalid_field(
                "content",
                "BASE_TYPE_MAX_LENGTH",
                "Must be 2000 or fewer in length.",
            ),
        }
    }
}

impl From<EditError> for ApiError {
    fn from(reason: EditError) -> Self {
        match reason {
            EditError::Unknown => UNKNOWN_MESSAGE,
            EditError::Invalid(reason) => reason.into(),
            EditError::OfOther => OF_OTHER_AUTHOR,
        }
    }
}
