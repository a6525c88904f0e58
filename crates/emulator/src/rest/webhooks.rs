//! Webhooks of channels.

use serde_json::{Value, json};
use twilight_model::id::marker::WebhookMarker;

use super::{
    audit_log::{Action, Change},
    context::{Outcome, RequestContext},
    error::{ApiError, INVALID_TOKEN, TOO_MANY_WEBHOOKS, UNKNOWN_WEBHOOK, WRONG_CHANNEL_TYPE},
    fields::{Field, snowflake},
    response::RestResponse,
};
use crate::{model::Webhook, traffic::Event};

/// What a bot can choose about a webhook.
const FIELDS: &[Field] = &[
    Field::text("name", 1, 80).not_null(),
    Field::any("avatar"),
    Field::snowflake("channel_id").not_null(),
];

/// Whether a webhook object has its creator, which only the bot itself sees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Creator {
    Shown,
    Hidden,
}

pub(super) fn create(context: &mut RequestContext<'_>) -> Outcome {
    const FIELDS: &[Field] = &[Field::text("name", 1, 80).required(), Field::any("avatar")];
    let place = context.message_channel()?;
    let guild = context.guild_of(place)?;
    if place.is_thread() {
        return Err(WRONG_CHANNEL_TYPE);
    }
    let body = context.object(FIELDS)?;
    let name = body["name"].clone();
    let is_reserved = name.as_str().is_some_and(|name| {
        let name = name.to_lowercase();
        ["clyde", "discord"].iter().any(|word| name.contains(word))
    });
    if is_reserved {
        return Err(ApiError::invalid_field(
            "name",
            "USERNAME_INVALID_CONTAINS",
            "Username cannot contain \"clyde\" or \"discord\"",
        ));
    }
    let (_, id) = context.gateway.rest_mut().next_id();
    let webhook = Webhook {
        id,
        token: context.gateway.token_for(id),
        guild: guild.id,
        channel: place.channel,
        name,
        avatar: avatar(body.get("avatar"), id),
    };
    let added = context.gateway.rest_mut().webhooks.add(webhook.clone());
    added.map_err(|_| TOO_MANY_WEBHOOKS)?;
    let change = Change::new(Action::WEBHOOK_CREATE, Some(id))
        .with_value("name", None, Some(webhook.name.clone()))
        .with_value("channel_id", None, Some(webhook.channel.to_string().into()));
    changed(context, &webhook, webhook.channel, change)?;
    Ok(RestResponse::ok(json(context, &webhook, Creator::Shown)))
}

pub(super) fn list_of_channel(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.channel()?;
    let guild = context.guild_of(place)?;
    let webhooks = context.gateway.rest().webhooks.of_guild(guild.id);
    let of_channel = webhooks.filter(|webhook| webhook.channel == place.channel);
    let list = of_channel.map(|webhook| json(context, webhook, Creator::Shown));
    Ok(RestResponse::ok(list.collect::<Vec<Value>>().into()))
}

pub(super) fn list_of_guild(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let webhooks = context.gateway.rest().webhooks.of_guild(guild.id);
    let list = webhooks.map(|webhook| json(context, webhook, Creator::Shown));
    Ok(RestResponse::ok(list.collect::<Vec<Value>>().into()))
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let webhook = by_id(context)?;
    Ok(RestResponse::ok(json(context, &webhook, Creator::Shown)))
}

pub(super) fn one_with_token(context: &mut RequestContext<'_>) -> Outcome {
    let webhook = by_token(context)?;
    Ok(RestResponse::ok(json(context, &webhook, Creator::Hidden)))
}

pub(super) fn modify(context: &mut RequestContext<'_>) -> Outcome {
    let webhook = by_id(context)?;
    modified(context, &webhook, Creator::Shown)
}

pub(super) fn modify_with_token(context: &mut RequestContext<'_>) -> Outcome {
    let webhook = by_token(context)?;
    modified(context, &webhook, Creator::Hidden)
}

pub(super) fn delete(context: &mut RequestContext<'_>) -> Outcome {
    let webhook = by_id(context)?;
    deleted(context, &webhook)
}

pub(super) fn delete_with_token(context: &mut RequestContext<'_>) -> Outcome {
    let webhook = by_token(context)?;
    deleted(context, &webhook)
}

fn modified(context: &mut RequestContext<'_>, webhook: &Webhook, creator: Creator) -> Outcome {
    let body = context.object(FIELDS)?;
    let mut after = webhook.clone();
    if let Some(name) = body.get("name") {
        after.name = name.clone();
    }
    if let Some(image) = body.get("avatar") {
        after.avatar = avatar(Some(image), webhook.id);
    }
    // Only the bot can move a webhook, and only within its guild.
    if creator == Creator::Shown
        && let Some(channel) = body.get("channel_id").and_then(snowflake)
    {
        let place = context.viewable(channel)?;
        if place.guild != Some(webhook.guild) || !place.has_messages() {
            return Err(WRONG_CHANNEL_TYPE);
        }
        after.channel = channel;
    }
    if let Some(kept) = context.gateway.rest_mut().webhooks.get_mut(webhook.id) {
        kept.clone_from(&after);
    }
    let fields = ["name", "avatar", "channel_id"];
    let change = Change::new(Action::WEBHOOK_UPDATE, Some(webhook.id)).between(
        &json(context, webhook, creator),
        &json(context, &after, creator),
        fields,
    );
    changed(context, &after, webhook.channel, change)?;
    Ok(RestResponse::ok(json(context, &after, creator)))
}

fn deleted(context: &mut RequestContext<'_>, webhook: &Webhook) -> Outcome {
    context.gateway.rest_mut().webhooks.remove(webhook.id);
    let change = Change::new(Action::WEBHOOK_DELETE, Some(webhook.id)).with_value(
        "name",
        Some(webhook.name.clone()),
        None,
    );
    changed(context, webhook, webhook.channel, change)?;
    Ok(RestResponse::no_content())
}

/// WEBHOOKS_UPDATE for the channel, and for the one where the webhook was before.
fn changed(
    context: &mut RequestContext<'_>,
    webhook: &Webhook,
    before: u64,
    change: Change,
) -> Result<(), ApiError> {
    let mut channels = vec![before, webhook.channel];
    channels.dedup();
    for channel in channels {
        let data = json!({
            "guild_id": webhook.guild.to_string(),
            "channel_id": channel.to_string(),
        });
        let event = Event::in_guild("WEBHOOKS_UPDATE", webhook.guild, data);
        context.gateway.make_happen(&event);
    }
    context.audit(webhook.guild, change)
}

fn by_id(context: &RequestContext<'_>) -> Result<Webhook, ApiError> {
    let id = context.id::<WebhookMarker>("webhook_id")?.get();
    let webhook = context.gateway.rest().webhooks.get(id);
    webhook.cloned().ok_or(UNKNOWN_WEBHOOK)
}

/// The webhook of a path with its token.
pub(super) fn by_token(context: &RequestContext<'_>) -> Result<Webhook, ApiError> {
    let webhook = by_id(context)?;
    if webhook.token == context.text("token") {
        Ok(webhook)
    } else {
        Err(INVALID_TOKEN)
    }
}

/// The webhook object.
fn json(context: &RequestContext<'_>, webhook: &Webhook, creator: Creator) -> Value {
    let world = context.gateway.world();
    let mut object = json!({
        "url": format!("https://discord.com/api/webhooks/{}/{}", webhook.id, webhook.token),
        "type": 1,
        "token": webhook.token,
        "name": webhook.name,
        "id": webhook.id.to_string(),
        "guild_id": webhook.guild.to_string(),
        "channel_id": webhook.channel.to_string(),
        "avatar": webhook.avatar,
        "application_id": world.application_id.to_string(),
    });
    if creator == Creator::Shown {
        object["user"] = world.bot.json();
    }
    object
}

/// The hash of an image that was uploaded.
fn avatar(image: Option<&Value>, id: u64) -> Value {
    match image {
        Some(Value::String(_)) => format!("{id:032x}").into(),
        _ => Value::Null,
    }
}
