//! Messages with a given content, and slash commands with a given name.

use serde_json::{Value, json};

use super::{draft::Draft, event::Event, interactions::NewInteraction};
use crate::{
    rng::{Rng, stream},
    world::{
        World,
        calendar::Moment,
        guild::Guild,
        member::Member,
        places::{Place, channel_type},
    },
};

/// The author of a message, and where it is written.
#[derive(Debug)]
pub(crate) struct Author {
    user: Value,
    /// `None` in a direct message, of a webhook, and in a guild of a recording.
    member: Option<Value>,
    webhook: Option<u64>,
    guild: Option<u64>,
    channel: u64,
    channel_type: u64,
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MessageKind {
    Default,
    /// A message was pinned.
    Pinned,
    /// A thread was started without a message.
    ThreadCreated,
    /// A reply to a message.
    Reply,
    /// The response to a slash command.
    CommandReply,
    /// The first message of a thread that was started from a message.
    ThreadStarter,
}

impl MessageKind {
    /// The type of the message.
    const fn number(self) -> u64 {
        match self {
            Self::Default => 0,
            Self::Pinned => 6,
            Self::ThreadCreated => 18,
            Self::Reply => 19,
            Self::CommandReply => 20,
            Self::ThreadStarter => 21,
        }
    }
}

/// Creates messages and interactions. Each has its own id and time.
#[derive(Debug, Default)]
pub(crate) struct MessageFactory {
    created: u64,
}

impl Author {
    pub(crate) fn member(member: &Member, guild: &Guild, channel: u64) -> Self {
        Self {
            user: member.user.json(),
            member: Some(member.partial_json()),
            webhook: None,
            guild: Some(guild.id),
            channel,
            channel_type: channel_type::TEXT,
        }
    }

    /// The bot, in any channel.
    pub(crate) fn bot(world: &World, guild: Option<u64>, channel: u64) -> Self {
        let made_up = guild.and_then(|guild| world.guild(guild));
        let member = made_up.map(|guild| {
            let mut member = world.bot_member(guild);
            if let Some(fields) = member.as_object_mut() {
                fields.remove("user");
            }
            member
        });
        let kind = world.place(channel).map(|place| place.kind);
        let unknown = || {
            if guild.is_some() {
                channel_type::TEXT
            } else {
                channel_type::DIRECT
            }
        };
        Self {
            user: world.bot.json(),
            member,
            webhook: None,
            guild,
            channel,
            channel_type: kind.unwrap_or_else(unknown),
        }
    }

    /// A webhook.
    pub(crate) fn webhook(id: u64, user: Value, place: Place) -> Self {
        Self {
            user,
            member: None,
            webhook: Some(id),
            guild: place.guild,
            channel: place.channel,
            channel_type: place.kind,
        }
    }

    /// A user in a direct channel with the bot.
    pub(crate) const fn direct(user: Value, channel: u64) -> Self {
        Self {
            user,
            member: None,
            webhook: None,
            guild: None,
            channel,
            channel_type: channel_type::DIRECT,
        }
    }
}

impl MessageFactory {
    /// Creates a message: MESSAGE_CREATE.
    pub(crate) fn create(
        &mut self,
        world: &World,
        author: Author,
        kind: MessageKind,
        draft: &Draft,
    ) -> Event {
        let (at, number) = self.next();
        let mut data = json!({
            "type": kind.number(),
            "tts": draft.is_tts(),
            "timestamp": at.iso8601(),
            "pinned": false,
            "mentions": mentions(world, draft.content()),
            "mention_roles": [],
            "mention_everyone": false,
            "id": at.snowflake(number).to_string(),
            "flags": draft.flags(),
            "embeds": draft.embeds(),
            "edited_timestamp": null,
            "content": draft.content(),
            "components": draft.components(),
            "channel_type": author.channel_type,
            "channel_id": author.channel.to_string(),
            "author": author.user,
            "attachments": draft.attachments(author.channel, at.snowflake(number)),
        });
        if let Some(guild) = author.guild {
            data["guild_id"] = guild.to_string().into();
        }
        if let Some(member) = author.member {
            data["member"] = member;
        }
        if let Some(webhook) = author.webhook {
            data["webhook_id"] = webhook.to_string().into();
            data["application_id"] = world.application_id.to_string().into();
        }
        for (name, value) in draft.further_fields() {
            data[name] = value;
        }
        Event::custom("MESSAGE_CREATE".into(), data)
    }

    /// Edits `message` to show what `draft` has: MESSAGE_UPDATE.
    pub(crate) fn edit(&mut self, world: &World, mut message: Value, draft: &Draft) -> Event {
        let (at, _) = self.next();
        message["content"] = draft.content().into();
        message["mentions"] = mentions(world, draft.content()).into();
        message["embeds"] = draft.embeds();
        message["components"] = draft.components();
        let id = |name: &str| message[name].as_str().and_then(|id| id.parse().ok());
        if let (Some(channel), Some(id)) = (id("channel_id"), id("id")) {
            message["attachments"] = draft.attachments(channel, id);
        }
        message["edited_timestamp"] = at.iso8601().into();
        Event::custom("MESSAGE_UPDATE".into(), message)
    }

    /// The owner of a guild uses a slash command in its first text channel: INTERACTION_CREATE, whose `data` is given.
    pub(crate) fn slash_command(&mut self, world: &World, guild: &Guild, data: Value) -> Event {
        let (at, number) = self.next();
        let mut rng = Rng::derived(world.seed, &[stream::MESSAGE_FACTORY, number]);
        let interaction =
            NewInteraction::command(guild.member(world.seed, 0), guild.text_channel(0), data);
        interaction.event(world, guild, at, &mut rng)
    }

    /// A new time, and an id of that time.
    pub(crate) fn next_id(&mut self) -> (Moment, u64) {
        let (at, number) = self.next();
        (at, at.snowflake(number))
    }

    fn next(&mut self) -> (Moment, u64) {
        self.created += 1;
        (Moment::START.plus_ms(self.created), self.created)
    }
}

/// The users that are mentioned. Only mentions of the bot are recognized, since bots react to these.
fn mentions(world: &World, content: &str) -> Vec<Value> {
    let id = world.bot.id;
    let is_mentioned = [format!("<@{id}>"), format!("<@!{id}>")]
        .iter()
        .any(|mention| content.contains(mention));
    is_mentioned.then(|| world.bot.json()).into_iter().collect()
}
