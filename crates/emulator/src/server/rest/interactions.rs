//! Responses to interactions. The token of the interaction in the path authorizes them.

use serde::Deserialize;
use serde_json::Value;
use twilight_model::id::{Id, marker::ChannelMarker};

use super::{
    context::RequestContext,
    messages::{edit_in, id, invalid_message, parse_draft, unknown_message},
};
use crate::{
    model::{CHANNEL_MESSAGE, DEFERRED_CHANNEL_MESSAGE, InitialResponse, InteractionError},
    server::http_response::HttpResponse,
    traffic::{Draft, DraftError, flags_of, is_ephemeral},
};

/// The types of an initial response that neither is nor defers a message: updates of the component's message, suggestions,
/// modals and others.
const OTHER_TYPES: [u64; 5] = [6, 7, 8, 9, 12];

pub(super) fn respond(context: RequestContext<'_>) -> HttpResponse {
    let response = match parse_response(context.message_body()) {
        Ok(response) => response,
        Err(response) => return response,
    };
    let Ok(id) = context.parameters[0].parse() else {
        return error(InteractionError::Unknown);
    };
    let with_response = context.is_set("with_response");
    let result = context
        .gateway
        .respond(id, &context.parameters[1], response);
    result.map_or_else(error, |body| {
        if with_response {
            HttpResponse::ok(body)
        } else {
            HttpResponse::no_content()
        }
    })
}

pub(super) fn follow_up(context: RequestContext<'_>) -> HttpResponse {
    match parse_draft(context.message_body()) {
        Ok(draft) => {
            let written = context.gateway.follow_up(&context.parameters[1], draft);
            written.map_or_else(error, HttpResponse::ok)
        }
        Err(response) => response,
    }
}

pub(super) fn original(context: RequestContext<'_>) -> HttpResponse {
    let message = context.gateway.original(&context.parameters[1]);
    message.map_or_else(error, HttpResponse::ok)
}

pub(super) fn edit_original(context: RequestContext<'_>) -> HttpResponse {
    let Some(edit) = context.message_body::<Value>() else {
        return error(DraftError::Malformed.into());
    };
    let edited = context.gateway.edit_original(&context.parameters[1], &edit);
    edited.map_or_else(error, HttpResponse::ok)
}

pub(super) fn delete_original(context: RequestContext<'_>) -> HttpResponse {
    let deleted = context.gateway.delete_original(&context.parameters[1]);
    deleted.map_or_else(error, |()| HttpResponse::no_content())
}

pub(super) fn one(context: RequestContext<'_>) -> HttpResponse {
    match written_message(&mut { context }) {
        Ok((_, message)) => HttpResponse::ok(message),
        Err(response) => response,
    }
}

pub(super) fn edit_one(mut context: RequestContext<'_>) -> HttpResponse {
    match written_message(&mut context) {
        Ok((channel, _)) => edit_in(&mut context, channel, 2),
        Err(response) => response,
    }
}

pub(super) fn delete_one(mut context: RequestContext<'_>) -> HttpResponse {
    match written_message(&mut context) {
        Ok((channel, _)) => {
            let deleted =
                id(&context, 2).and_then(|id| context.gateway.delete_message(channel, id));
            deleted.map_or_else(unknown_message, |_| HttpResponse::no_content())
        }
        Err(response) => response,
    }
}

/// The message of the path, which the bot wrote in response to the interaction, and its channel.
fn written_message(
    context: &mut RequestContext<'_>,
) -> Result<(Id<ChannelMarker>, Value), HttpResponse> {
    let id = id(context, 2).ok_or_else(unknown_message)?;
    let found = context
        .gateway
        .message_of_interaction(&context.parameters[1], id);
    found.map_err(|_| unknown_message())
}

/// The body of an initial response.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: u64,
    #[serde(default)]
    data: Value,
}

fn parse_response(body: Option<Body>) -> Result<InitialResponse, HttpResponse> {
    match body {
        Some(Body {
            kind: CHANNEL_MESSAGE,
            data,
        }) => Draft::parse(data)
            .map(InitialResponse::Message)
            .map_err(invalid_message),
        Some(Body {
            kind: DEFERRED_CHANNEL_MESSAGE,
            data,
        }) => Ok(InitialResponse::Deferred {
            is_ephemeral: is_ephemeral(flags_of(&data)),
        }),
        Some(Body { kind, .. }) if OTHER_TYPES.contains(&kind) => Ok(InitialResponse::Other(kind)),
        _ => Err(HttpResponse::error_with_code(
            "400 Bad Request",
            50035,
            "Invalid Form Body: the body is not a response to an interaction",
        )),
    }
}

fn error(reason: InteractionError) -> HttpResponse {
    match reason {
        InteractionError::Unknown => {
            HttpResponse::error_with_code("404 Not Found", 10062, "Unknown interaction")
        }
        InteractionError::AlreadyAcknowledged => HttpResponse::error_with_code(
            "400 Bad Request",
            40060,
            "Interaction has already been acknowledged.",
        ),
        InteractionError::InvalidMessage(reason) => invalid_message(reason),
    }
}
