//! What members say by hand, and what the bot writes, as REST brings it.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, GuildMarker, InteractionMarker},
};

use super::gateway::Gateway;
use crate::traffic::{Draft, Sort, Writer};

/// Messages of the bot that are kept for looking at; older ones make room.
const MOST_MESSAGES: usize = 1000;

/// A message that the bot wrote over REST, new or instead of an earlier one.
///
/// As JSON: `{"guild": "1", "channel": "2", "interaction": null, "content": "pong", "body": {"content": "pong"}}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BotMessage {
    /// The guild that the channel is in; `None` for a direct message.
    pub guild: Option<Id<GuildMarker>>,
    /// Where it was written.
    pub channel: Id<ChannelMarker>,
    /// The interaction that it answers.
    pub interaction: Option<Id<InteractionMarker>>,
    /// Its words. Those of a change that leaves them out are what the message shows then.
    pub content: String,
    /// All of it as the bot sent it, with embeds, components and flags. A change may be of a part.
    pub body: Value,
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
        let owner = guild.member(self.world.seed, 0);
        let writer = Writer::member(&owner, guild, guild.text_channel(0));
        let draft = Draft::of_words(content);
        let event = self.chat.write(&self.world, writer, Sort::Plain, &draft);
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

    /// Whether the bot can write in a channel.
    pub(crate) fn has_text_channel(&self, channel: Id<ChannelMarker>) -> bool {
        self.world.guild_of_text_channel(channel.get()).is_some()
    }

    /// The bot writes this in a channel: everybody hears of it, the bot too. Gives the message, or nothing if there is
    /// no such channel.
    pub(crate) fn bot_writes(&mut self, channel: Id<ChannelMarker>, draft: Draft) -> Option<Value> {
        let guild = Some(self.world.guild_of_text_channel(channel.get())?.id);
        let writer = Writer::bot(&self.world, guild, channel.get());
        let event = self.chat.write(&self.world, writer, Sort::Plain, &draft);
        self.fan_out(&event);
        self.keep_message(guild, channel, None, draft.content(), draft.body());
        Some(event.data)
    }

    /// The bot wrote this.
    pub(super) fn keep_message(
        &mut self,
        guild: Option<u64>,
        channel: Id<ChannelMarker>,
        interaction: Option<Id<InteractionMarker>>,
        content: &str,
        body: &Value,
    ) {
        self.stats.bot_messages += 1;
        self.bot_messages.keep(BotMessage {
            guild: guild.and_then(Id::new_checked),
            channel,
            interaction,
            content: content.to_owned(),
            body: body.clone(),
        });
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
