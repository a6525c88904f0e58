//! What the bot and the members of guilds do.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, GuildMarker, InteractionMarker, UserMarker},
};

use super::Gateway;
use crate::{
    model::rest::{
        BotMessage, EditError, InitialResponse, InteractionError, ResponseLimit, RestState,
        WrittenMessage,
    },
    rest::RestRoute,
    rng::{Rng, stream},
    traffic::{Author, Draft, Event, MessageKind},
    world::{
        World,
        app_commands::{CommandScope, InvalidCommand},
        direct_channels::Opened,
        places::Place,
    },
};

impl Gateway {
    /// The last thousand messages that the bot wrote over REST, oldest first.
    #[must_use]
    pub fn bot_messages(&self) -> Vec<BotMessage> {
        self.rest.bot_messages()
    }

    /// The number of requests of the bot per route. Routes that were never requested are missing.
    #[must_use]
    pub const fn rest_requests(&self) -> &BTreeMap<RestRoute, u64> {
        self.rest.requests()
    }

    /// Makes a user write to the bot in a direct channel. Returns the number of sessions that get the message; 0 if there
    /// is no such user.
    pub fn say_directly(&mut self, user: Id<UserMarker>, content: &str) -> usize {
        let Some(json) = self.world.user(user.get()) else {
            return 0;
        };
        let Some(channel) = self.direct_channel_with(user.get(), &json) else {
            return 0;
        };
        let author = Author::direct(json, channel);
        let draft = Draft::text(content);
        let event = self
            .rest
            .create(&self.world, author, MessageKind::Default, &draft);
        self.fan_out(&event)
    }

    /// The direct channel with a user, which is opened if need be; `None` if there are too many.
    pub(crate) fn direct_channel_with(&mut self, user: u64, json: &Value) -> Option<u64> {
        if let Some(channel) = self.world.direct_channels.with(user) {
            return Some(channel);
        }
        let (_, id) = self.rest.next_id();
        let opened = self.world.direct_channels.open(id, json.clone());
        (opened == Opened::Yes).then_some(id)
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

    /// What the bot can see.
    pub(crate) const fn world(&self) -> &World {
        &self.world
    }

    /// What the bot can see, to change what no event tells of.
    pub(crate) const fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// The state behind REST.
    pub(crate) const fn rest(&self) -> &RestState {
        &self.rest
    }

    /// The state behind REST, to change what no event tells of.
    pub(crate) const fn rest_mut(&mut self) -> &mut RestState {
        &mut self.rest
    }

    /// Makes an event happen: what REST returns changes, and sessions get the event.
    pub(crate) fn make_happen(&mut self, event: &Event) {
        self.fan_out(event);
    }

    /// The bot writes in a channel with messages. Returns the message.
    pub(crate) fn write_message(&mut self, place: Place, draft: Draft) -> Value {
        let written = self.rest.write(&self.world, place, draft);
        self.publish_message(written)
    }

    /// Somebody else writes. Returns the message.
    pub(crate) fn write_as(&mut self, author: Author, kind: MessageKind, draft: &Draft) -> Value {
        let event = self.rest.create(&self.world, author, kind, draft);
        self.fan_out(&event);
        event.data
    }

    /// A token that depends on the seed and on an id.
    pub(crate) fn token_for(&self, id: u64) -> String {
        Rng::derived(self.world.seed, &[stream::TOKEN, id]).hex(68)
    }

    /// The bot, or one of its webhooks, edits a message that it wrote in a channel. Returns the message.
    pub(crate) fn edit_message(
        &mut self,
        channel: Id<ChannelMarker>,
        id: u64,
        edit: &Value,
        editor: u64,
    ) -> Result<Value, EditError> {
        let (world, rest) = (&self.world, &mut self.rest);
        let written = rest.edit_message(world, channel, id, edit, editor)?;
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
        let limit = ResponseLimit {
            now: self.now,
            deadline: self.settings.interaction_deadline,
        };
        let response = self.rest.respond(&self.world, id, token, response, limit);
        if matches!(response, Err(InteractionError::Late)) {
            self.effects.stats.late_responses += 1;
            tracing::warn!("the response to an interaction came too late");
        }
        let response = response?;
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
