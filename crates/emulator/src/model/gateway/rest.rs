//! What the bot and the members of guilds do.

use serde_json::{Map, Value};
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, GuildMarker, InteractionMarker},
};

use super::Gateway;
use crate::{
    model::rest::{
        BotMessage, EditError, InitialResponse, InteractionError, MessagePage, WrittenMessage,
    },
    traffic::{Draft, Event},
    world::app_commands::{CommandScope, InvalidCommand},
};

impl Gateway {
    /// The last thousand messages that the bot wrote over REST, oldest first.
    #[must_use]
    pub fn bot_messages(&self) -> Vec<BotMessage> {
        self.rest.bot_messages()
    }

    /// Makes the owner of a guild write in its first text channel. Returns the number of sessions that get the message;
    /// 0 if the guild does not exist.
    pub fn say(&mut self, guild: Id<GuildMarker>, content: &str) -> usize {
        let event = self.rest.say(&self.world, guild.get(), content);
        self.fan_out_if_any(event)
    }

    /// Makes the owner of a guild use a slash command in its first text channel. `options` are those of
    /// INTERACTION_CREATE. The bot need not have registered the command. Returns the number of sessions that get the
    /// interaction; 0 if the guild does not exist.
    pub fn use_command(&mut self, guild: Id<GuildMarker>, name: &str, options: &Value) -> usize {
        let event = self.rest.use_command(&self.world, guild, name, options);
        self.fan_out_if_any(event)
    }

    /// The bot's user.
    pub(crate) fn bot_user(&self) -> Value {
        self.world.bot.current_json()
    }

    /// The bot's application.
    pub(crate) fn application(&self) -> Value {
        self.world.application_json()
    }

    /// The bot writes in a channel. Returns the message, or `None` if there is no such channel.
    pub(crate) fn write_message(
        &mut self,
        channel: Id<ChannelMarker>,
        draft: &Draft,
    ) -> Option<Value> {
        let written = self.rest.write(&self.world, channel, draft)?;
        Some(self.publish_message(written))
    }

    /// The messages of a channel, newest first.
    pub(crate) fn messages(&self, channel: Id<ChannelMarker>, page: MessagePage) -> Vec<Value> {
        self.rest.page(channel, page)
    }

    /// A message of a channel.
    pub(crate) fn message(&self, channel: Id<ChannelMarker>, id: u64) -> Option<Value> {
        self.rest.message(channel, id).cloned()
    }

    /// The bot edits a message that it wrote in a channel. Returns the message.
    pub(crate) fn edit_message(
        &mut self,
        channel: Id<ChannelMarker>,
        id: u64,
        edit: &Value,
    ) -> Result<Value, EditError> {
        let written = self.rest.edit_message(&self.world, channel, id, edit)?;
        Ok(self.publish_message(written))
    }

    /// The bot deletes a message of a channel. Returns the number of sessions that hear of it, or `None` if there is no
    /// such message.
    pub(crate) fn delete_message(&mut self, channel: Id<ChannelMarker>, id: u64) -> Option<usize> {
        let deleted = self.rest.delete_message(channel, id)?;
        Some(self.fan_out_if_any(deleted.event))
    }

    /// A message that the bot wrote in response to an interaction, and its channel.
    pub(crate) fn message_of_interaction(
        &mut self,
        token: &str,
        id: u64,
    ) -> Result<(Id<ChannelMarker>, Value), InteractionError> {
        self.rest.message_of_interaction(token, id)
    }

    /// The bot sends the initial response to an interaction. Returns the body of the callback response.
    pub(crate) fn respond(
        &mut self,
        id: Id<InteractionMarker>,
        token: &str,
        response: InitialResponse,
    ) -> Result<Value, InteractionError> {
        let response = self.rest.respond(&self.world, id, token, response)?;
        self.effects.stats.interactions_answered += 1;
        if let Some(written) = response.written {
            self.publish_message(written);
        }
        Ok(response.body)
    }

    /// The bot sends a follow-up message. Returns the message.
    pub(crate) fn follow_up(
        &mut self,
        token: &str,
        draft: Draft,
    ) -> Result<Value, InteractionError> {
        let written = self.rest.follow_up(&self.world, token, draft)?;
        Ok(self.publish_message(written))
    }

    /// The bot edits the original message of a response, or writes it if it was deferred. Returns the message.
    pub(crate) fn edit_original(
        &mut self,
        token: &str,
        edit: &Value,
    ) -> Result<Value, InteractionError> {
        let written = self.rest.edit_original(&self.world, token, edit)?;
        Ok(self.publish_message(written))
    }

    /// The original message of a response.
    pub(crate) fn original(&mut self, token: &str) -> Result<Value, InteractionError> {
        self.rest.original(token)
    }

    /// The bot deletes the original message of a response.
    pub(crate) fn delete_original(&mut self, token: &str) -> Result<(), InteractionError> {
        let event = self.rest.delete_original(token)?;
        self.fan_out_if_any(event);
        Ok(())
    }

    /// The registered commands of a scope; `None` if its guild does not exist.
    pub(crate) fn commands(&self, scope: CommandScope) -> Option<&[Value]> {
        let exists = match scope {
            CommandScope::Global => true,
            CommandScope::Guild(guild) => self.world.index_of(guild.get()).is_some(),
        };
        exists.then(|| self.world.commands.list(scope))
    }

    /// Replaces the registered commands of a scope. Returns them.
    pub(crate) fn replace_commands(
        &mut self,
        scope: CommandScope,
        commands: Vec<Value>,
    ) -> Result<&[Value], InvalidCommand> {
        self.event_pools.clear();
        let application = self.world.application_id;
        self.world.commands.replace(application, scope, commands)
    }

    /// Registers a command, or replaces the one with the same name. Returns it.
    pub(crate) fn add_command(
        &mut self,
        scope: CommandScope,
        command: Value,
    ) -> Result<&Value, InvalidCommand> {
        self.event_pools.clear();
        let application = self.world.application_id;
        self.world.commands.add(application, scope, command)
    }

    /// The registered command with this id.
    pub(crate) fn command(&self, scope: CommandScope, id: u64) -> Option<&Value> {
        self.world.commands.get(scope, id)
    }

    /// Changes fields of a registered command. Returns it, or `None` if there is no such command.
    pub(crate) fn edit_command(
        &mut self,
        scope: CommandScope,
        id: u64,
        edit: &Map<String, Value>,
    ) -> Result<Option<&Value>, InvalidCommand> {
        self.event_pools.clear();
        self.world.commands.edit(scope, id, edit)
    }

    /// Deletes a registered command. Returns it, or `None` if there is no such command.
    pub(crate) fn delete_command(&mut self, scope: CommandScope, id: u64) -> Option<Value> {
        self.event_pools.clear();
        self.world.commands.delete(scope, id)
    }

    fn publish_message(&mut self, written: WrittenMessage) -> Value {
        self.effects.stats.bot_messages += 1;
        self.fan_out_if_any(written.event);
        written.message
    }

    fn fan_out_if_any(&mut self, event: Option<Event>) -> usize {
        event.map_or(0, |event| self.fan_out(&event))
    }
}
