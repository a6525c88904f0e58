//! Messages in channels.

use serde_json::Value;
use twilight_model::id::{Id, marker::ChannelMarker};

use super::context::RequestContext;
use crate::{
    model::{ChannelAccess, EditError, MessagePage, PagePosition},
    server::http_response::HttpResponse,
    traffic::{Draft, DraftError},
};

pub(super) fn create(context: RequestContext<'_>) -> HttpResponse {
    let draft = match parse_draft(context.message_body()) {
        Ok(draft) => draft,
        Err(response) => return response,
    };
    let channel = match viewable_channel(&context) {
        Ok(channel) => channel,
        Err(response) => return response,
    };
    let written = context.gateway.write_message(channel, &draft);
    written.map_or_else(unknown_channel, HttpResponse::ok)
}

pub(super) fn list(context: RequestContext<'_>) -> HttpResponse {
    let channel = match viewable_channel(&context) {
        Ok(channel) => channel,
        Err(response) => return response,
    };
    match page(&context) {
        Some(page) => HttpResponse::ok(context.gateway.messages(channel, page).into()),
        None => HttpResponse::error_with_code(
            "400 Bad Request",
            50035,
            "Invalid Form Body: limit is 1 to 100, and before, after and around are ids",
        ),
    }
}

pub(super) fn one(context: RequestContext<'_>) -> HttpResponse {
    match viewable_channel(&context) {
        Ok(channel) => {
            let message = id(&context, 1).and_then(|id| context.gateway.message(channel, id));
            message.map_or_else(unknown_message, HttpResponse::ok)
        }
        Err(response) => response,
    }
}

pub(super) fn edit(context: RequestContext<'_>) -> HttpResponse {
    match viewable_channel(&context) {
        Ok(channel) => edit_in(&mut { context }, channel, 1),
        Err(response) => response,
    }
}

pub(super) fn delete(context: RequestContext<'_>) -> HttpResponse {
    match viewable_channel(&context) {
        Ok(channel) => {
            let deleted =
                id(&context, 1).and_then(|id| context.gateway.delete_message(channel, id));
            deleted.map_or_else(unknown_message, |_| HttpResponse::no_content())
        }
        Err(response) => response,
    }
}

/// Edits the message whose id is the parameter with this number.
pub(super) fn edit_in(
    context: &mut RequestContext<'_>,
    channel: Id<ChannelMarker>,
    parameter: usize,
) -> HttpResponse {
    let Some(edit) = context.message_body::<Value>() else {
        return invalid_message(DraftError::Malformed);
    };
    let edited = match id(context, parameter) {
        Some(id) => context.gateway.edit_message(channel, id, &edit),
        None => Err(EditError::Unknown),
    };
    match edited {
        Ok(message) => HttpResponse::ok(message),
        Err(EditError::Unknown) => unknown_message(),
        Err(EditError::Invalid(reason)) => invalid_message(reason),
        Err(EditError::OfOther) => HttpResponse::error_with_code(
            "403 Forbidden",
            50005,
            "Cannot edit a message authored by another user",
        ),
    }
}

/// The id in a parameter of the path.
pub(super) fn id(context: &RequestContext<'_>, parameter: usize) -> Option<u64> {
    context.parameters[parameter].parse().ok()
}

/// The page that the query asks for.
fn page(context: &RequestContext<'_>) -> Option<MessagePage> {
    let value = |key: &str| {
        let mut pairs = context.query.split('&').filter_map(|it| it.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    let position = |key, position: fn(u64) -> PagePosition| -> Option<Option<PagePosition>> {
        match value(key) {
            None => Some(None),
            Some(id) => id.parse().ok().map(position).map(Some),
        }
    };
    let before = position("before", PagePosition::Before)?;
    let after = position("after", PagePosition::After)?;
    let around = position("around", PagePosition::Around)?;
    let limit = value("limit").map_or(Some(50), |limit| limit.parse().ok())?;
    let position = around.or(before).or(after);
    MessagePage::new(limit, position.unwrap_or(PagePosition::Newest))
}

pub(super) fn unknown_message() -> HttpResponse {
    HttpResponse::error_with_code("404 Not Found", 10008, "Unknown Message")
}

/// Has no effect: bots do not get typing events of themselves.
pub(super) fn trigger_typing(context: RequestContext<'_>) -> HttpResponse {
    match viewable_channel(&context) {
        Ok(_) => HttpResponse::no_content(),
        Err(response) => response,
    }
}

/// Reads the body of a request that writes a message.
pub(super) fn parse_draft(body: Option<Value>) -> Result<Draft, HttpResponse> {
    body.ok_or(DraftError::Malformed)
        .and_then(Draft::parse)
        .map_err(invalid_message)
}

pub(super) fn invalid_message(reason: DraftError) -> HttpResponse {
    let (code, message) = match reason {
        DraftError::Empty => (50006, "Cannot send an empty message"),
        DraftError::Malformed => (50035, "Invalid Form Body: the body is not a message"),
        DraftError::TooLong => (
            50035,
            "Invalid Form Body: the content has more than 2000 characters",
        ),
    };
    HttpResponse::error_with_code("400 Bad Request", code, message)
}

/// The text channel of the path, or the error that a bot gets if it can't view it.
fn viewable_channel(context: &RequestContext<'_>) -> Result<Id<ChannelMarker>, HttpResponse> {
    let channel = context.parameters[0]
        .parse()
        .map_err(|_| unknown_channel())?;
    match context.gateway.access_to(channel) {
        ChannelAccess::Viewable => Ok(channel),
        ChannelAccess::Unknown => Err(unknown_channel()),
        ChannelAccess::Hidden => {
            let (status, message) = ("403 Forbidden", "Missing Access");
            Err(HttpResponse::error_with_code(status, 50001, message))
        }
    }
}

fn unknown_channel() -> HttpResponse {
    HttpResponse::error_with_code("404 Not Found", 10003, "Unknown Channel")
}
