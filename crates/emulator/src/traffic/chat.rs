//! Messages with given words, by a member or by the bot.

use serde_json::{Value, json};

use super::event::Event;
use crate::world::{World, calendar::Moment, guild::Guild, user::Member};

/// Who writes.
#[derive(Debug)]
pub(crate) enum Author {
    Bot,
    Member(Box<Member>),
}

/// Numbers such messages: each has an id and a time of its own.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    written: u64,
}

impl Chat {
    /// A message in one of the guild's channels, as MESSAGE_CREATE has it.
    pub(crate) fn write(
        &mut self,
        world: &World,
        guild: &Guild,
        channel: u64,
        author: &Author,
        content: &str,
    ) -> Event {
        self.written += 1;
        let at = Moment::START.plus_ms(self.written);
        let (user, member) = match author {
            Author::Bot => (&world.bot, world.bot_member(guild)),
            Author::Member(member) => (&member.user, member.partial_json()),
        };
        let data = json!({
            "type": 0,
            "tts": false,
            "timestamp": at.iso8601(),
            "pinned": false,
            "mentions": mentions(world, content),
            "mention_roles": [],
            "mention_everyone": false,
            "member": member,
            "id": at.snowflake(self.written).to_string(),
            "flags": 0,
            "embeds": [],
            "edited_timestamp": null,
            "content": content,
            "components": [],
            "channel_type": 0,
            "channel_id": channel.to_string(),
            "author": user.json(),
            "attachments": [],
            "guild_id": guild.id.to_string(),
        });
        Event::in_guild("MESSAGE_CREATE", guild.id, data)
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
