//! The webhooks of channels.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The most webhooks of a channel.
const MAX_PER_CHANNEL: usize = 15;

/// The webhooks by id.
#[derive(Debug, Default)]
pub(crate) struct Webhooks(BTreeMap<u64, Webhook>);

/// A webhook of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: u64,
    pub(crate) token: String,
    pub(crate) guild: u64,
    pub(crate) channel: u64,
    pub(crate) name: Value,
    pub(crate) avatar: Value,
}

/// Why a webhook can't be added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooManyWebhooks;

impl Webhooks {
    pub(crate) fn get(&self, id: u64) -> Option<&Webhook> {
        self.0.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Webhook> {
        self.0.get_mut(&id)
    }

    /// The webhooks of a guild, oldest first.
    pub(crate) fn of_guild(&self, guild: u64) -> impl Iterator<Item = &Webhook> {
        self.0
            .values()
            .filter(move |webhook| webhook.guild == guild)
    }

    pub(crate) fn add(&mut self, webhook: Webhook) -> Result<(), TooManyWebhooks> {
        let of_channel = self.0.values().filter(|it| it.channel == webhook.channel);
        if of_channel.count() >= MAX_PER_CHANNEL {
            return Err(TooManyWebhooks);
        }
        self.0.insert(webhook.id, webhook);
        Ok(())
    }

    pub(crate) fn remove(&mut self, id: u64) -> Option<Webhook> {
        self.0.remove(&id)
    }

    /// A channel was deleted: so are its webhooks.
    pub(crate) fn remove_of_channel(&mut self, channel: u64) {
        self.0.retain(|_, webhook| webhook.channel != channel);
    }
}

impl Webhook {
    /// The author of its messages. A message may have another name and avatar.
    pub(crate) fn author(&self, message: &Value) -> Value {
        let own = |name: &str, default: &Value| match message.get(name) {
            Some(Value::String(text)) => text.as_str().into(),
            _ => default.clone(),
        };
        json!({
            "username": own("username", &self.name),
            "public_flags": 0,
            "id": self.id.to_string(),
            "global_name": null,
            "flags": 0,
            "discriminator": "0000",
            "clan": null,
            "bot": true,
            "avatar": own("avatar_url", &self.avatar),
        })
    }
}
