//! What the bot does over REST: messages, responses to interactions, slash commands.

mod bot_messages;
mod interactions;

use serde_json::{Value, json};
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, GuildMarker, InteractionMarker},
};

pub use self::bot_messages::BotMessage;
pub(crate) use self::interactions::{
    CHANNEL_MESSAGE, DEFERRED_CHANNEL_MESSAGE, InitialResponse, InteractionError,
};
use self::{
    bot_messages::BotMessages,
    interactions::{Interactions, MessageRole},
};
use crate::{
    traffic::{Author, Draft, Event, MessageFactory, MessageKind, flags_of, is_ephemeral},
    world::World,
};

/// The state behind the REST API.
#[derive(Debug, Default)]
pub(crate) struct RestState {
    factory: MessageFactory,
    bot_messages: BotMessages,
    interactions: Interactions,
}

/// A message that the bot wrote or edited.
#[derive(Debug)]
pub(crate) struct WrittenMessage {
    pub(crate) message: Value,
    /// The event for the sessions. Ephemeral messages have none.
    pub(crate) event: Option<Event>,
}

/// The initial response to an interaction.
#[derive(Debug)]
pub(crate) struct Response {
    /// The body of the callback response.
    pub(crate) body: Value,
    pub(crate) written: Option<WrittenMessage>,
}

impl RestState {
    /// An event is about to be sent to sessions: if it is an interaction, the bot can respond to it.
    pub(crate) fn observe(&mut self, event: &Event) {
        self.interactions.observe(event);
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
        if is_ephemeral(flags_of(&message)) {
            return Ok(None);
        }
        let mut data = json!({"id": message["id"], "channel_id": message["channel_id"]});
        if let Some(guild) = message.get("guild_id") {
            data["guild_id"] = guild.clone();
        }
        Ok(Some(Event::custom("MESSAGE_DELETE".into(), data)))
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

impl WrittenMessage {
    /// Only the user of the interaction sees an ephemeral message: it has no event.
    fn unless_ephemeral(event: Event) -> Self {
        Self {
            message: event.data.clone(),
            event: (!is_ephemeral(flags_of(&event.data))).then_some(event),
        }
    }
}
