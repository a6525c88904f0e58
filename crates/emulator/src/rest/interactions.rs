//! Responses to interactions. The token of the interaction in the path authorizes them.

use serde_json::Value;
use twilight_model::id::marker::MessageMarker;

use super::{
    context::{Outcome, RequestContext},
    error::{ALREADY_ACKNOWLEDGED, ApiError, UNKNOWN_INTERACTION, UNKNOWN_MESSAGE},
    messages,
    response::RestResponse,
};
use crate::{
    model::{CHANNEL_MESSAGE, DEFERRED_CHANNEL_MESSAGE, InitialResponse, InteractionError},
    traffic::{Draft, flags_of, is_ephemeral},
    world::places::{Place, channel_type},
};

/// The types of an initial response that neither is nor defers a message: updates of the component's message, suggestions,
/// modals and others.
const OTHER_TYPES: [u64; 5] = [6, 7, 8, 9, 12];

pub(super) fn respond(context: &mut RequestContext<'_>) -> Outcome {
    let response = parse_response(context.message_body()?)?;
    let id = context.text("interaction_id").parse();
    let id = id.map_err(|_| UNKNOWN_INTERACTION)?;
    let token = context.text("token").to_owned();
    let body = context.gateway.respond(id, &token, response)?;
    if context.is_set("with_response") {
        Ok(RestResponse::ok(body))
    } else {
        Ok(RestResponse::no_content())
    }
}

pub(super) fn follow_up(context: &mut RequestContext<'_>) -> Outcome {
    let draft = Draft::parse(context.message_body()?)?;
    let token = context.text("token").to_owned();
    Ok(RestResponse::ok(context.gateway.follow_up(&token, draft)?))
}

pub(super) fn original(context: &mut RequestContext<'_>) -> Outcome {
    let token = context.text("token").to_owned();
    Ok(RestResponse::ok(context.gateway.original(&token)?))
}

pub(super) fn edit_original(context: &mut RequestContext<'_>) -> Outcome {
    let edit = context.message_body()?;
    let token = context.text("token").to_owned();
    let edited = context.gateway.edit_original(&token, &edit)?;
    Ok(RestResponse::ok(edited))
}

pub(super) fn delete_original(context: &mut RequestContext<'_>) -> Outcome {
    let token = context.text("token").to_owned();
    context.gateway.delete_original(&token)?;
    Ok(RestResponse::no_content())
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let (_, message) = written_message(context)?;
    Ok(RestResponse::ok(message))
}

pub(super) fn edit_one(context: &mut RequestContext<'_>) -> Outcome {
    let (place, _) = written_message(context)?;
    let edit = context.message_body()?;
    let bot = context.bot();
    messages::edit_in(context, place, &edit, bot)
}

pub(super) fn delete_one(context: &mut RequestContext<'_>) -> Outcome {
    let (place, _) = written_message(context)?;
    messages::delete_in(context, place)?;
    Ok(RestResponse::no_content())
}

/// The message of the path, which the bot wrote in response to the interaction, and its channel.
fn written_message(context: &mut RequestContext<'_>) -> Result<(Place, Value), ApiError> {
    let id = context.id::<MessageMarker>("message_id")?.get();
    let token = context.text("token").to_owned();
    let found = context.gateway.message_of_interaction(&token, id);
    let (channel, message) = found.map_err(|_| UNKNOWN_MESSAGE)?;
    // The channel may be one of a recording.
    let place = context.gateway.world().place(channel.get());
    let place = place.unwrap_or_else(|| Place {
        channel: channel.get(),
        guild: None,
        kind: channel_type::TEXT,
    });
    Ok((place, message))
}

fn parse_response(mut body: Value) -> Result<InitialResponse, ApiError> {
    let kind = body["type"].as_u64();
    let data = body.get_mut("data").map(Value::take).unwrap_or_default();
    match kind {
        Some(CHANNEL_MESSAGE) => Ok(InitialResponse::Message(Draft::parse(data)?)),
        Some(DEFERRED_CHANNEL_MESSAGE) => Ok(InitialResponse::Deferred {
            is_ephemeral: is_ephemeral(flags_of(&data)),
        }),
        Some(kind) if OTHER_TYPES.contains(&kind) => Ok(InitialResponse::Other(kind)),
        _ => Err(ApiError::invalid_field(
            "type",
            "BASE_TYPE_CHOICES",
            "Value must be one of {4, 5, 6, 7, 8, 9, 12}.",
        )),
    }
}

impl From<InteractionError> for ApiError {
    fn from(reason: InteractionError) -> Self {
        match reason {
            InteractionError::Unknown | InteractionError::Late => UNKNOWN_INTERACTION,
            InteractionError::AlreadyAcknowledged => ALREADY_ACKNOWLEDGED,
            InteractionError::InvalidMessage(reason) => reason.into(),
        }
    }
}
