//! Guilds.

use twilight_model::id::{Id, marker::GuildMarker};

use super::context::RequestContext;
use crate::server::http_response::HttpResponse;

/// The channels that the bot can view: others are left out ([P37](gloaming_protocol::rules#p37)).
pub(super) fn channels(context: RequestContext<'_>) -> HttpResponse {
    let guild: Option<Id<GuildMarker>> = context.parameters[0].parse().ok();
    match guild.and_then(|guild| context.gateway.viewable_channels(guild)) {
        Some(channels) => HttpResponse::ok(channels.into()),
        None => HttpResponse::error_with_code("404 Not Found", 10004, "Unknown Guild"),
    }
}
