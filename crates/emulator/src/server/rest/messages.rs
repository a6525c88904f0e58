//! Messages in channels.

use serde_json::Value;
use twilight_model::id::{Id, marker::ChannelMarker};

use super::context::RequestContext;
use crate::{
    model::ChannelAccess,
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
