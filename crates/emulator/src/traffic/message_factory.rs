//! Messages with a given content, and slash commands with a given name.

use serde_json::{Value, json};

use super::{draft::Draft, event::Event, interactions::NewInteraction};
use crate::{
    rng::{Rng, stream},
    world::{World, calendar::Moment, guild::Guild, member::Member, user::User},
};

/// The author of a message, and where it is written.
#[derive(Debug)]
pub(crate) struct Author<'a> {
    user: &'a User,
    /// `None` in a direct message and in a guild of a recording.
    member: Option<Value>,
    guild: Option<u64>,
    channel: u64,
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MessageKind {
    Default,
    /// The response to a slash command.
    CommandReply,
}

/// Creates messages and interactions. Each has its own id and time.
#[derive(Debug, Default)]
pub(crate) struct MessageFactory {
    created: u64,
}

impl<'a> Author<'a> {
    pub(crate) fn member(member: &'a Member, guild: &Guild, channel: u64) -> Self {
        Self {
            user: &member.user,
            member: Some(member.partial_json()),
            guild: Some(guild.id),
            channel,
        }
    }

    pub(crate) fn bot(world: &'a World, guild: Option<u64>, channel: u64) -> Self {
        let made_up = guild.and_then(|guild| world.guild(guild));
        Self {
            user: &world.bot,
            member: made_up.map(|guild| world.bot_member(guild)),
            guild,
            channel,
        }
    }
}

impl MessageFactory {
    /// Creates a message: MESSAGE_CREATE.
    pub(crate) fn create(
        &mut self,
        world: &World,
        author: Author<'_>,
        kind: MessageKind,
        draft: &Draft,
    ) -> Event {
        let (at, number) = self.next();
        let mut data = json!({
            "type": match kind { MessageKind::Default => 0, MessageKind::CommandReply => 20 },
            "tts": false,
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
            "channel_type": if author.guild.is_some() { 0 } else { 1 },
            "channel_id": author.channel.to_string(),
            "author": author.user.json(),
            "attachments": draft.attachments(author.channel, at.snowflake(number)),
        });
        if let Some(guild) = author.guild {
            data["guild_id"] = guild.to_string().into();
        }
        if let Some(member) = author.member {
            data["member"] = member;
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
