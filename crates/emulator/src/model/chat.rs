//! Messages with given words: a member's, for bots to react to, and the bot's own, as REST brings them.

use serde_json::Value;
use twilight_model::id::{Id, marker::GuildMarker};

use super::gateway::Gateway;
use crate::traffic::Author;

impl Gateway {
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
    pub(crate) fn bot_writes(&mut self, channel: u64, content: &str) -> Option<Value> {
        let guild = self.world.guild_of_text_channel(channel)?;
        let event = self
            .chat
            .write(&self.world, guild, channel, &Author::Bot, content);
        self.fan_out(&event);
        Some(event.data)
    }
}
