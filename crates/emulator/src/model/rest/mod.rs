//! What the bot does over REST: messages, responses to interactions, slash commands.

mod bot_messages;
mod channel_messages;
mod interactions;

use serde_json::{Value, json};
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, GuildMarker, InteractionMarker},
};

pub use self::bot_messages::BotMessage;
pub(crate) use self::channel_messages::{MessagePage, PagePosition};
pub(crate) use self::interactions::{
    CHANNEL_MESSAGE, DEFERRED_CHANNEL_MESSAGE, InitialResponse, InteractionError,
};
use self::{
    bot_messages::BotMessages,
    channel_messages::ChannelMessages,
    interactions::{Interactions, MessageRole},
};
use crate::{
    traffic::{
        Author, Draft, DraftError, Event, MessageFactory, MessageKind, flags_of, is_ephemeral,
    },
    world::World,
};

/// The state behind the REST API.
#[derive(Debug, Default)]
pub(crate) struct RestState {
    factory: MessageFactory,
    bot_messages: BotMessages,
    interactions: Interactions,
    messages: ChannelMessages,
}

/// A message that the bot wrote or edited.
#[derive(Debug)]
pub(crate) struct WrittenMessage {
    pub(crate) message: Value,
    /// The event for the sessions. Ephemeral messages have none.
    pub(crate) event: Option<Event>,
}

/// Why a message can't be edited.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EditError {
    /// There is no such message.
    Unknown,
    /// Somebody else wrote it.
    OfOther,
    /// It would be invalid.
    Invalid(DraftError),
}

/// The initial response to an interaction.
#[derive(Debug)]
pub(crate) struct Response {
    /// The body of the callback response.
    pub(crate) body: Value,
    pub(crate) written: Option<WrittenMessage>,
}

impl RestState {
    /// An event is about to be sent to sessions: if it is an interaction, the bot can respond to it, and if it is about a
    /// message, the bot can request that.
    pub(crate) fn observe(&mut self, event: &Event) {
        self.interactions.observe(event);
        self.messages.observe(event);
    }

    /// The last messages that the bot wrote, oldest first.
    pub(crate) fn bot_messages(&self) -> Vec<BotMessage> {
        self.bot_messages.to_vec()
    }

    /// The owner of a guild writes in its first text channel.
    pub(crate) fn say(&mut self, world: &World, guild: u64, content: &str) -> Option<Event> {
        let guild = world.guild(guild)?;
        let owner = guild.member(world.seed, 0);
        let author = Author::member(&owner, guild, guild.text_channel(0));
        let draft = Draft::text(content);
        Some(
            self.factory
                .create(world, author, MessageKind::Default, &draft),
        )
    }

    /// The owner of a guild uses a slash command in its first text channel.
    pub(crate) fn use_command(
        &mut self,
        world: &World,
        guild: Id<GuildMarker>,
        name: &str,
        options: &Value,
    ) -> Option<Event> {
        let command = world.commands.find(guild, name);
        let guild = world.guild(guild.get())?;
        let command = command.unwrap_or(world.application_id + 1);
        let data = json!({"type": 1, "name": name, "id": command.to_string(), "options": options});
        Some(self.factory.slash_command(world, guild, data))
    }

    /// The bot writes in a text channel. Returns `None` if there is no such channel.
    pub(crate) fn write(
        &mut self,
        world: &World,
        channel: Id<ChannelMarker>,
        draft: &Draft,
    ) -> Option<WrittenMessage> {
        let guild = Some(world.guild_of_text_channel(channel.get())?.id);
        let author = Author::bot(world, guild, channel.get());
        let event = self
            .factory
            .create(world, author, MessageKind::Default, draft);
        self.keep(guild, channel, None, draft.content(), draft.body());
        Some(WrittenMessage {
            message: event.data.clone(),
            event: Some(event),
        })
    }

    /// The messages of a channel, newest first.
    pub(crate) fn page(&self, channel: Id<ChannelMarker>, page: MessagePage) -> Vec<Value> {
        self.messages.page(channel.get(), page)
    }

    /// A message that everyone in a channel sees.
    pub(crate) fn message(&self, channel: Id<ChannelMarker>, id: u64) -> Option<&Value> {
        let message = self.messages.get(channel.get(), id)?;
        (!is_ephemeral(flags_of(message))).then_some(message)
    }

    /// The bot edits a message that it wrote. `edit` is the body that it sent: omitted fields stay the same.
    pub(crate) fn edit_message(
        &mut self,
        world: &World,
        channel: Id<ChannelMarker>,
        id: u64,
        edit: &Value,
    ) -> Result<WrittenMessage, EditError> {
        let message = self.messages.get(channel.get(), id);
        let message = message.ok_or(EditError::Unknown)?.clone();
        let author = message["author"]["id"].as_str();
        if author.and_then(|id| id.parse().ok()) != Some(world.bot.id) {
            return Err(EditError::OfOther);
        }
        let draft = Draft::edit_of(&message, edit).map_err(EditError::Invalid)?;
        let guild = message["guild_id"].as_str().and_then(|id| id.parse().ok());
        let event = self.factory.edit(world, message, &draft);
        self.messages.put(event.data.clone());
        self.keep(guild, channel, None, draft.content(), edit);
        Ok(WrittenMessage::unless_ephemeral(event))
    }

    /// Deletes messages. Returns the event for the sessions, or `None` if one of them does not exist.
    pub(crate) fn delete_message(
        &mut self,
        channel: Id<ChannelMarker>,
        id: u64,
    ) -> Option<Deleted> {
        let message = self.messages.get(channel.get(), id)?;
        let deleted = Deleted::of(message);
        self.messages.remove(Some(id));
        Some(deleted)
    }

    /// A message that the bot wrote in response to an interaction.
    pub(crate) fn message_of_interaction(
        &mut self,
        token: &str,
        id: u64,
    ) -> Result<(Id<ChannelMarker>, Value), InteractionError> {
        let channel = self.interactions.find(token)?.channel;
        let message = self.messages.get(channel.get(), id);
        let message = message.ok_or(InteractionError::Unknown)?;
        Ok((channel, message.clone()))
    }

    /// The initial response to an interaction.
    pub(crate) fn respond(
        &mut self,
        world: &World,
        id: Id<InteractionMarker>,
        token: &str,
        response: InitialResponse,
    ) -> Result<Response, InteractionError> {
        let interaction = self.interactions.find(token)?;
        let mut object = interaction.acknowledge(id, &response)?;
        let mut written = None;
        let resource = match response {
            InitialResponse::Other(kind) => json!({"type": kind}),
            InitialResponse::Deferred { .. } => json!({"type": DEFERRED_CHANNEL_MESSAGE}),
            InitialResponse::Message(draft) => {
                let WrittenMessage { message, event } =
                    self.write_response(world, token, MessageRole::Original, draft)?;
                object["response_message_id"] = message["id"].clone();
                let resource = json!({"type": CHANNEL_MESSAGE, "message": message});
                written = Some(WrittenMessage { message, event });
                resource
            }
        };
        let body = json!({"interaction": object, "resource": resource});
        Ok(Response { body, written })
    }

    /// A follow-up message.
    pub(crate) fn follow_up(
        &mut self,
        world: &World,
        token: &str,
        draft: Draft,
    ) -> Result<WrittenMessage, InteractionError> {
        let (role, draft) = self.interactions.find(token)?.follow_up(draft)?;
        self.write_response(world, token, role, draft)
    }

    /// Edits the original message of a response, or writes it if it was deferred. `edit` is the body that the bot sent.
    pub(crate) fn edit_original(
        &mut self,
        world: &World,
        token: &str,
        edit: &Value,
    ) -> Result<WrittenMessage, InteractionError> {
        let interaction = self.interactions.find(token)?;
        let (message, draft) = interaction.edit(edit)?;
        let Some(message) = message else {
            return self.write_response(world, token, MessageRole::Original, draft);
        };
        let (id, guild, channel) = (interaction.id, interaction.guild, interaction.channel);
        let event = self.factory.edit(world, message, &draft);
        interaction.set_original(event.data.clone(), draft.clone());
        self.messages.put(event.data.clone());
        self.keep(guild, channel, Some(id), draft.content(), edit);
        Ok(WrittenMessage::unless_ephemeral(event))
    }

    /// The original message of a response.
    pub(crate) fn original(&mut self, token: &str) -> Result<Value, InteractionError> {
        self.interactions.find(token)?.original()
    }

    /// Deletes the original message of a response. Returns the event for the sessions.
    pub(crate) fn delete_original(
        &mut self,
        token: &str,
    ) -> Result<Option<Event>, InteractionError> {
        let interaction = self.interactions.find(token)?;
        let message = interaction.original()?;
        interaction.delete_original();
        self.messages.forget(&message);
        Ok(Deleted::of(&message).event)
    }

    fn write_response(
        &mut self,
        world: &World,
        token: &str,
        role: MessageRole,
        draft: Draft,
    ) -> Result<WrittenMessage, InteractionError> {
        let interaction = self.interactions.find(token)?;
        let (id, guild, channel) = (interaction.id, interaction.guild, interaction.channel);
        let kind = if interaction.is_command() {
            MessageKind::CommandReply
        } else {
            MessageKind::Default
        };
        let author = Author::bot(world, guild, channel.get());
        let event = self.factory.create(world, author, kind, &draft);
        self.bot_messages.push(BotMessage {
            guild: guild.and_then(Id::new_checked),
            channel,
            interaction: Some(id),
            content: draft.content().to_owned(),
            body: draft.body().clone(),
        });
        self.messages.put(event.data.clone());
        if role == MessageRole::Original {
            interaction.set_original(event.data.clone(), draft);
        }
        Ok(WrittenMessage::unless_ephemeral(event))
    }

    fn keep(
        &mut self,
        guild: Option<u64>,
        channel: Id<ChannelMarker>,
        interaction: Option<Id<InteractionMarker>>,
        content: &str,
        body: &Value,
    ) {
        self.bot_messages.push(BotMessage {
            guild: guild.and_then(Id::new_checked),
            channel,
            interaction,
            content: content.to_owned(),
            body: body.clone(),
        });
    }
}

/// A deleted message.
#[derive(Debug)]
pub(crate) struct Deleted {
    /// The event for the sessions. Ephemeral messages have none.
    pub(crate) event: Option<Event>,
}

impl Deleted {
    fn of(message: &Value) -> Self {
        if is_ephemeral(flags_of(message)) {
            return Self { event: None };
        }
        let mut data = json!({"id": message["id"], "channel_id": message["channel_id"]});
        if let Some(guild) = message.get("guild_id") {
            data["guild_id"] = guild.clone();
        }
        Self {
            event: Some(Event::custom("MESSAGE_DELETE".into(), data)),
        }
    }
}

impl WrittenMessage {
    /// Only the user of the interaction sees an ephemeral message: it has no event.
    fn unless_ephemeral(event: Event) -> Self {
        Self {
            message: event.data.clone(),
            event: (!is_ephemeral(flags_of(&event.data))).then_some(event),
        }
    }
}
