//! An event, before it is dispatched to sessions.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use crate::intents::required_intents;

/// An event: a dispatch without the parts that differ between sessions.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: Cow<'static, str>,
    /// The guild of the event, which determines the shard ([P35](gloaming_protocol::rules#p35)).
    pub(crate) guild: Option<u64>,
    pub(crate) data: Value,
}

impl Event {
    pub(crate) const fn in_guild(name: &'static str, guild: u64, data: Value) -> Self {
        Self {
            name: Cow::Borrowed(name),
            guild: Some(guild),
            data,
        }
    }

    /// An event with any name. Its guild is determined from its data.
    pub(crate) fn custom(name: Cow<'static, str>, data: Value) -> Self {
        let guild = Self::guild_of(&name, &data);
        Self { name, guild, data }
    }

    /// The guild of an event with this name and data.
    pub(crate) fn guild_of(name: &str, data: &Value) -> Option<u64> {
        let id = match name {
            "GUILD_CREATE" | "GUILD_UPDATE" | "GUILD_DELETE" => data.get("id"),
            _ => data.get("guild_id"),
        };
        id.and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()))
    }

    /// Whether a session with these intents gets the event. An update of the bot as a member requires no intent.
    pub(crate) fn is_for(&self, intents: Intents, bot: u64) -> bool {
        required_intents(&self.name).are_met_by(intents, self.guild.is_some())
            || (self.name == "GUILD_MEMBER_UPDATE" && self.data["user"]["id"] == *bot.to_string())
    }

    /// Whether a session with these intents gets the content of a message: with MESSAGE_CONTENT, in direct messages, and
    /// if the bot is the author or is mentioned.
    pub(crate) fn shows_content(&self, intents: Intents, bot: u64) -> bool {
        if !matches!(&*self.name, "MESSAGE_CREATE" | "MESSAGE_UPDATE") {
            return true;
        }
        let bot = bot.to_string();
        let is_bot = |user: &Value| user["id"] == *bot;
        intents.contains(Intents::MESSAGE_CONTENT)
            || self.guild.is_none()
            || is_bot(&self.data["author"])
            || self.data["mentions"]
                .as_array()
                .is_some_and(|users| users.iter().any(is_bot))
    }

    /// The data as text.
    pub(crate) fn text(&self) -> Arc<str> {
        self.data.to_string().into()
    }

    /// The data as text, without the fields that require MESSAGE_CONTENT.
    pub(crate) fn text_without_content(&self) -> Arc<str> {
        let mut data = self.data.clone();
        for (field, empty) in [
            ("content", json!("")),
            ("embeds", json!([])),
            ("attachments", json!([])),
            ("components", json!([])),
        ] {
            if let Some(value) = data.get_mut(field) {
                *value = empty;
            }
        }
        if let Some(fields) = data.as_object_mut() {
            fields.remove("poll");
        }
        data.to_string().into()
    }
}
