//! Messages with given words: a member's, for bots to react to, and the bot's own, as REST brings them.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, GuildMarker},
};

use super::gateway::Gateway;
use crate::traffic::Author;

/// Messages of the bot that are kept for looking at; older ones make room.
const MOST_MESSAGES: usize = 1000;

/// A message that the bot wrote over REST.
///
/// As JSON: `{"guild": "1", "channel": "2", "content": "pong"}`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BotMessage {
    /// The guild that the channel is in.
    pub guild: Id<GuildMarker>,
    /// Where it was written.
    pub channel: Id<ChannelMarker>,
    /// What was written.
    pub content: String,
}

/// What the bot wrote lately.
#[derive(Debug, Default)]
pub(super) struct BotMessages(VecDeque<BotMessage>);

impl Gateway {
    /// What the bot wrote over REST, oldest first: the last thousand.
    #[must_use]
    pub fn bot_messages(&self) -> Vec<BotMessage> {
        self.bot_messages.0.iter().cloned().collect()
    }

    /// Makes the owner of a guild write this in its first text channel. Gives how many sessions hear of it: none if
    /// there is no such guild.
    pub fn say(&mut self, guild: Id<GuildMarker>, content: &str) -> usize {
        let Some(guild) = self.world.guild(guild.get()) else {
            return 0;
        };
        let owner = Author::Member(Box::new(guild.member(self.world.seed, 0)));
        let channel = guild.text_channel(0);
        let event = self
            .chat
            .write(&self.world, guild, channel, &owner, content);
        self.fan_out(&event)
    }

    /// The bot's user, as it sees itself.
    pub(crate) fn bot_user(&self) -> Value {
        self.world.bot.current_json()
    }

    /// The application that the bot belongs to.
    pub(crate) fn application(&self) -> Value {
        self.world.application_json()
    }

    /// The bot writes this in a channel: everybody hears of it, the bot too. Gives the message, or nothing if there is
    /// no such channel.
    pub(crate) fn bot_writes(
        &mut self,
        channel: Id<ChannelMarker>,
        content: &str,
    ) -> Option<Value> {
        let guild = self.world.guild_of_text_channel(channel.get())?;
        let message = BotMessage {
            guild: Id::new_checked(guild.id)?,
            channel,
            content: content.to_owned(),
        };
        let event = self
            .chat
            .write(&self.world, guild, channel.get(), &Author::Bot, content);
        self.bot_messages.keep(message);
        self.stats.bot_messages += 1;
        self.fan_out(&event);
        Some(event.data)
    }
}

impl BotMessages {
    fn keep(&mut self, message: BotMessage) {
        if self.0.len() == MOST_MESSAGES {
            self.0.pop_front();
        }
        self.0.push_back(message);
    }
}
