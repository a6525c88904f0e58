//! Messages in channels.

use twilight_model::id::{Id, marker::ChannelMarker};

use super::context::RequestContext;
use crate::{
    server::http_response::HttpResponse,
    traffic::{Draft, DraftError},
};

pub(super) fn create(context: RequestContext<'_>) -> HttpResponse {
    let draft = match parse_draft(context.body) {
        Ok(draft) => draft,
        Err(response) => return response,
    };
    let written =
        channel(&context).and_then(|channel| context.gateway.write_message(channel, &draft));
    written.map_or_else(unknown_channel, HttpResponse::ok)
}

/// Has no effect: bots do not get typing events of themselves.
pub(super) fn trigger_typing(context: RequestContext<'_>) -> HttpResponse {
    match channel(&context) {
        Some(channel) if context.gateway.has_text_channel(channel) => HttpResponse::no_content(),
        _ => unknown_channel(),
    }
}

/// Parses the body of a request that writes a message.
pub(super) fn parse_draft(body: &[u8]) -> Result<Draft, HttpResponse> {
    serde_json::from_slice(body)
        .map_err(|_| DraftError::Malformed)
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

fn channel(context: &RequestContext<'_>) -> Option<Id<ChannelMarker>> {
    context.parameters[0].parse().ok()
}

fn unknown_channel() -> HttpResponse {
    HttpResponse::error_with_code("404 Not Found", 10003, "Unknown Channel")
}
