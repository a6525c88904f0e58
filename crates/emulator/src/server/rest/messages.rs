//! Messages in channels.

use twilight_model::id::{Id, marker::ChannelMarker};

use super::routes::Ask;
use crate::{
    server::reply::Reply,
    traffic::{Draft, NoDraft},
};

pub(super) fn create(ask: Ask<'_>) -> Reply {
    let draft = match read_draft(ask.body) {
        Ok(draft) => draft,
        Err(reply) => return reply,
    };
    let written = channel(&ask).and_then(|channel| ask.gateway.bot_writes(channel, draft));
    written.map_or_else(unknown_channel, Reply::ok)
}

/// Nobody is told: it is only for people to see.
pub(super) fn typing(ask: Ask<'_>) -> Reply {
    match channel(&ask) {
        Some(channel) if ask.gateway.has_text_channel(channel) => Reply::no_content(),
        _ => unknown_channel(),
    }
}

/// What a request's body says to write.
pub(super) fn read_draft(body: &[u8]) -> Result<Draft, Reply> {
    serde_json::from_slice(body)
        .map_err(|_| NoDraft::Malformed)
        .and_then(Draft::read)
        .map_err(no_message)
}

pub(super) fn no_message(reason: NoDraft) -> Reply {
    let (code, reason) = match reason {
        NoDraft::Empty => (50006, "Cannot send an empty message"),
        NoDraft::Malformed => (50035, "Invalid Form Body: this is no message"),
        NoDraft::TooLong => (
            50035,
            "Invalid Form Body: the content has over 2000 characters",
        ),
    };
    Reply::refused_with_code("400 Bad Request", code, reason)
}

fn channel(ask: &Ask<'_>) -> Option<Id<ChannelMarker>> {
    ask.parts[0].parse().ok()
}

fn unknown_channel() -> Reply {
    Reply::refused_with_code("404 Not Found", 10003, "Unknown Channel")
}
