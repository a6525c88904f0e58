//! The messages that the bot has written.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, GuildMarker, InteractionMarker},
};

/// The number of messages that are kept. When there are more, the oldest are discarded.
const MAX_MESSAGES: usize = 1000;

/// A message that the bot wrote over REST, or an edit of one.
///
/// As JSON: `{"guild": "1", "channel": "2", "interaction": null, "content": "pong", "body": {"content": "pong"}}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BotMessage {
    /// The guild of the channel; `None` for a direct message.
    pub guild: Option<Id<GuildMarker>>,
    /// The channel.
    pub channel: Id<ChannelMarker>,
    /// The interaction that the message responds to.
    pub interaction: Option<Id<InteractionMarker>>,
    /// The content. For an edit that omits it, this is the content that the message keeps.
    pub content: String,
    /// The complete body that the bot sent, with embeds, components and flags. The body of an edit may be partial.
    pub body: Value,
}

/// The last messages, oldest first.
#[derive(Debug, Default)]
pub(crate) struct BotMessages(VecDeque<BotMessage>);

impl BotMessages {
    pub(crate) fn push(&mut self, message: BotMessage) {
        if self.0.len() == MAX_MESSAGES {
            self.0.pop_front();
        }
        self.0.push_back(message);
    }

    pub(crate) fn to_vec(&self) -> Vec<BotMessage> {
        self.0.iter().cloned().collect()
    }
}
