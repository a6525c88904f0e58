//! Something that happened, before it is known who hears of it.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use crate::intents::demand_of;

/// An event: a dispatch without the parts that differ from session to session.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: Cow<'static, str>,
    /// The guild that it is about, which decides the shard (P35).
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

    /// An event that a test made: its guild is read from its data.
    pub(crate) fn by_hand(name: Cow<'static, str>, data: Value) -> Self {
        let id = match &*name {
            "GUILD_CREATE" | "GUILD_UPDATE" | "GUILD_DELETE" => data.get("id"),
            _ => data.get("guild_id"),
        };
        let guild = id.and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()));
        Self { name, guild, data }
    }

    /// Whether a session with these intents hears of it at all.
    pub(crate) fn is_for(&self, intents: Intents) -> bool {
        demand_of(&self.name).is_met_by(intents, self.guild.is_some())
    }

    /// Whether such a session sees what was written: with MESSAGE_CONTENT, in direct messages, and where the bot
    /// itself wrote or is mentioned.
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

    /// The data as text, less what MESSAGE_CONTENT brings.
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
