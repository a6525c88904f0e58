//! Messages with given words, and slash commands with given names.

use serde_json::{Value, json};

use super::{draft::Draft, event::Event, interactions};
use crate::{
    rng::Rng,
    world::{
        World,
        calendar::Moment,
        guild::Guild,
        stream,
        user::{Member, User},
    },
};

/// Who writes, and where.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    user: &'a User,
    /// Nothing in a direct message, and in a guild of a recording.
    member: Option<Value>,
    guild: Option<u64>,
    channel: u64,
}

/// What a message is, besides its words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sort {
    Plain,
    /// The answer to a slash command.
    Reply,
}

/// Numbers what is said by hand: each has an id and a time of its own.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    said: u64,
}

impl<'a> Writer<'a> {
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

impl Chat {
    /// A new message, as MESSAGE_CREATE has it.
    pub(crate) fn write(
        &mut self,
        world: &World,
        writer: Writer<'_>,
        sort: Sort,
        draft: &Draft,
    ) -> Event {
        let (at, number) = self.next();
        let mut data = json!({
            "type": match sort { Sort::Plain => 0, Sort::Reply => 20 },
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
            "channel_type": if writer.guild.is_some() { 0 } else { 1 },
            "channel_id": writer.channel.to_string(),
            "author": writer.user.json(),
            "attachments": [],
        });
        if let Some(guild) = writer.guild {
            data["guild_id"] = guild.to_string().into();
        }
        if let Some(member) = writer.member {
            data["member"] = member;
        }
        Event::by_hand("MESSAGE_CREATE".into(), data)
    }

    /// `message` with other words, as MESSAGE_UPDATE has it.
    pub(crate) fn edit(&mut self, world: &World, mut message: Value, draft: &Draft) -> Event {
        let (at, _) = self.next();
        message["content"] = draft.content().into();
        message["mentions"] = mentions(world, draft.content()).into();
        message["embeds"] = draft.embeds();
        message["components"] = draft.components();
        message["edited_timestamp"] = at.iso8601().into();
        Event::by_hand("MESSAGE_UPDATE".into(), message)
    }

    /// The guild's owner uses a slash command in its first text channel. `data` is the command as INTERACTION_CREATE has
    /// it.
    pub(crate) fn use_command(&mut self, world: &World, guild: &Guild, data: Value) -> Event {
        let (at, number) = self.next();
        let mut rng = Rng::derived(world.seed, &[stream::CHAT, number]);
        let used =
            interactions::Used::command(guild.member(world.seed, 0), guild.text_channel(0), data);
        used.event(world, guild, at, &mut rng)
    }

    fn next(&mut self) -> (Moment, u64) {
        self.said += 1;
        (Moment::START.plus_ms(self.said), self.said)
    }
}

/// Of users, only the bot is looked for: that is what a bot reacts to.
fn mentions(world: &World, content: &str) -> Vec<Value> {
    let id = world.bot.id;
    let is_named = [format!("<@{id}>"), format!("<@!{id}>")]
        .iter()
        .any(|mention| content.contains(mention));
    is_named.then(|| world.bot.json()).into_iter().collect()
}
