//! What the bot does over REST: messages, responses to interactions, slash commands.

mod audit_log;
mod bans;
mod bot_messages;
mod channel_messages;
mod interactions;
mod invites;
mod reactions;
mod webhooks;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

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
    audit_log::AuditLogs,
    bans::Bans,
    bot_messages::BotMessages,
    channel_messages::ChannelMessages,
    interactions::{Interactions, MessageRole},
    invites::Invites,
    reactions::Reactions,
    webhooks::Webhooks,
};
pub(crate) use self::{
    invites::MAX_PER_GUILD as MAX_INVITES_PER_GUILD, reactions::MAX_EMOJIS, webhooks::Webhook,
};
use crate::{
    rest::RestRoute,
    traffic::{
        Author, Draft, DraftError, Event, MessageFactory, MessageKind, flags_of, is_ephemeral,
    },
    world::{World, calendar::Moment, places::Place, user::id_of},
};

/// The state behind the REST API.
#[derive(Debug, Default)]
pub(crate) struct RestState {
    factory: MessageFactory,
    bot_messages: BotMessages,
    pub(crate) interactions: Interactions,
    messages: ChannelMessages,
    audit_logs: AuditLogs,
    bans: Bans,
    pub(crate) invites: Invites,
    pub(crate) webhooks: Webhooks,
    /// The number of requests per route.
    requests: BTreeMap<RestRoute, u64>,
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

/// When an initial response is sent, and how long after its interaction it may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseLimit {
    pub(crate) now: Instant,
    pub(crate) deadline: Option<Duration>,
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
    pub(crate) fn observe(&mut self, now: Instant, event: &Event, bot: u64) {
        self.interactions.observe(now, event);
        self.messages.observe(event, bot);
        self.audit_logs.observe(event);
        self.bans.observe(event);
        self.invites.observe(event);
        if event.name == "CHANNEL_DELETE"
            && let Some(channel) = id_of(&event.data)
        {
            self.webhooks.remove_of_channel(channel);
        }
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

    /// A new time, and an id of that time, which nothing else has.
    pub(crate) fn next_id(&mut self) -> (Moment, u64) {
        self.factory.next_id()
    }

    /// Creates a message of any author: MESSAGE_CREATE.
    pub(crate) fn create(
        &mut self,
        world: &World,
        author: Author,
        kind: MessageKind,
        draft: &Draft,
    ) -> Event {
        self.factory.create(world, author, kind, draft)
    }

    /// The bot writes in a channel with messages.
    pub(crate) fn write(&mut self, world: &World, place: Place, draft: Draft) -> WrittenMessage {
        let author = Author::bot(world, place.guild, place.channel);
        let (kind, draft) = self.as_reply(place, draft);
        let event = self.factory.create(world, author, kind, &draft);
        self.keep(place, draft.content(), draft.body());
        WrittenMessage {
            message: event.data.clone(),
            event: Some(event),
        }
    }

    /// If a message is a reply, adds what Discord says about the other message.
    fn as_reply(&self, place: Place, draft: Draft) -> (MessageKind, Draft) {
        let Some(id) = draft.replies_to() else {
            return (MessageKind::Default, draft);
        };
        let mut reference = json!({
            "type": 0,
            "message_id": id.to_string(),
            "channel_id": place.channel.to_string(),
        });
        if let Some(guild) = place.guild {
            reference["guild_id"] = guild.to_string().into();
        }
        let referenced = self.messages.get(place.channel, id).cloned();
        let draft = draft.with_reference(reference, referenced.unwrap_or_default());
        (MessageKind::Reply, draft)
    }

    /// Keeps a message that the bot wrote or edited, for the test.
    pub(crate) fn keep(&mut self, place: Place, content: &str, body: &Value) {
        let channel = Id::new_checked(place.channel);
        if let Some(channel) = channel {
            self.keep_for(place.guild, channel, None, content, body);
        }
    }

    /// A request took a route.
    pub(crate) fn count_request(&mut self, route: RestRoute) {
        *self.requests.entry(route).or_default() += 1;
    }

    /// The number of requests per route.
    pub(crate) const fn requests(&self) -> &BTreeMap<RestRoute, u64> {
        &self.requests
    }

    /// The bans of a guild, by user.
    pub(crate) fn bans(&self, guild: u64) -> impl Iterator<Item = (u64, &Value)> {
        self.bans.of(guild)
    }

    /// Adds the reason of a ban, which the event does not have.
    pub(crate) fn set_ban_reason(&mut self, guild: u64, user: u64, reason: Option<String>) {
        self.bans.set_reason(guild, user, reason);
    }

    /// Whether there is an interaction with this token.
    pub(crate) fn has_interaction(&self, token: &str) -> bool {
        self.interactions.has(token)
    }

    /// The audit log of a guild, oldest first.
    pub(crate) fn audit_log(&self, guild: u64) -> impl Iterator<Item = &Value> {
        self.audit_logs.of(guild)
    }

    /// The reactions to a message.
    pub(crate) fn reactions(&self, message: u64) -> Option<&Reactions> {
        self.messages.reactions(message)
    }

    /// Marks a message as pinned at a time, or as not pinned.
    pub(crate) fn set_pinned(&mut self, message: u64, at: Option<String>) {
        self.messages.set_pinned(message, at);
    }

    /// The pinned messages of a channel and when they were pinned, the last pinned first.
    pub(crate) fn pins(&self, channel: u64) -> Vec<(&str, &Value)> {
        self.messages.pins(channel)
    }

    /// The messages of a channel, newest first.
    pub(crate) fn page(&self, channel: u64, page: MessagePage) -> Vec<Value> {
        self.messages.page(channel, page)
    }

    /// A message that everyone in a channel sees.
    pub(crate) fn message(&self, channel: u64, id: u64) -> Option<&Value> {
        let message = self.messages.get(channel, id)?;
        (!is_ephemeral(flags_of(message))).then_some(message)
    }

    /// The bot, or one of its webhooks, edits a message that it wrote. `edit` is the body that it sent: omitted fields stay
    /// the same.
    pub(crate) fn edit_message(
        &mut self,
        world: &World,
        channel: Id<ChannelMarker>,
        id: u64,
        edit: &Value,
        editor: u64,
    ) -> Result<WrittenMessage, EditError> {
        let message = self.messages.get(channel.get(), id);
        let message = message.ok_or(EditError::Unknown)?.clone();
        let author = message["author"]["id"].as_str();
        if author.and_then(|id| id.parse().ok()) != Some(editor) {
            return Err(EditError::OfOther);
        }
        let draft = Draft::edit_of(&message, edit).map_err(EditError::Invalid)?;
        let guild = message["guild_id"].as_str().and_then(|id| id.parse().ok());
        let event = self.factory.edit(world, message, &draft);
        self.messages.put(event.data.clone());
        self.keep_for(guild, channel, None, draft.content(), edit);
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
        limit: ResponseLimit,
    ) -> Result<Response, InteractionError> {
        let interaction = self.interactions.find(token)?;
        interaction.check_time(limit)?;
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
        self.keep_for(guild, channel, Some(id), draft.content(), edit);
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

    fn keep_for(
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
