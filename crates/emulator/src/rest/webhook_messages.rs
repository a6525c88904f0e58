//! Messages of webhooks. For the paths, the token of an interaction is one of a webhook, too.

use serde_json::Value;
use twilight_model::id::marker::WebhookMarker;

use super::{
    context::{Outcome, RequestContext},
    error::{ApiError, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE},
    fields::snowflake,
    interactions, messages,
    response::RestResponse,
    webhooks,
};
use crate::{
    model::Webhook,
    traffic::{Author, Draft, MessageKind},
    world::places::Place,
};

/// Executes a webhook, or sends a follow-up.
pub(super) fn create(context: &mut RequestContext<'_>) -> Outcome {
    if !is_webhook(context) {
        return interactions::follow_up(context);
    }
    let webhook = webhooks::by_token(context)?;
    let body = context.message_body()?;
    let place = place(context, &webhook)?;
    let author = Author::webhook(webhook.id, webhook.author(&body), place);
    let draft = Draft::parse(body)?;
    context
        .gateway
        .rest_mut()
        .keep(place, draft.content(), draft.body());
    let message = context
        .gateway
        .write_as(author, MessageKind::Default, &draft);
    if context.is_set("wait") {
        Ok(RestResponse::ok(message))
    } else {
        Ok(RestResponse::no_content())
    }
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    if !is_webhook(context) {
        return interactions::one(context);
    }
    let (_, message) = message(context)?;
    Ok(RestResponse::ok(message))
}

pub(super) fn edit(context: &mut RequestContext<'_>) -> Outcome {
    if !is_webhook(context) {
        return interactions::edit_one(context);
    }
    let (place, message) = message(context)?;
    let edit = context.message_body()?;
    let webhook = snowflake(&message["webhook_id"]).ok_or(UNKNOWN_MESSAGE)?;
    messages::edit_in(context, place, &edit, webhook)
}

pub(super) fn delete(context: &mut RequestContext<'_>) -> Outcome {
    if !is_webhook(context) {
        return interactions::delete_one(context);
    }
    let (place, _) = message(context)?;
    messages::delete_in(context, place)?;
    Ok(RestResponse::no_content())
}

/// Whether the path is one of a webhook, and not one of an interaction.
fn is_webhook(context: &RequestContext<'_>) -> bool {
    let id = context.id::<WebhookMarker>("webhook_id");
    // The id of an interaction's webhook is that of the application.
    id.is_ok_and(|id| id.get() != context.gateway.world().application_id)
        && !context
            .gateway
            .rest()
            .has_interaction(context.text("token"))
}

/// Where a webhook writes: in its channel, or in the thread of the query.
fn place(context: &RequestContext<'_>, webhook: &Webhook) -> Result<Place, ApiError> {
    let world = context.gateway.world();
    let place = match context.query_id("thread_id")? {
        None => world.place(webhook.channel),
        Some(thread) => {
            let parent = world.threads.get(thread).map(|thread| thread.parent);
            world
                .place(thread)
                .filter(|_| parent == Some(webhook.channel))
        }
    };
    place.ok_or(UNKNOWN_CHANNEL)
}

/// The message of the path, which the webhook wrote.
fn message(context: &RequestContext<'_>) -> Result<(Place, Value), ApiError> {
    let webhook = webhooks::by_token(context)?;
    let place = place(context, &webhook)?;
    let message = context.message(place)?;
    if snowflake(&message["webhook_id"]) == Some(webhook.id) {
        Ok((place, message))
    } else {
        Err(UNKNOWN_MESSAGE)
    }
}
