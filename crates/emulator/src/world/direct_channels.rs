//! The direct channels of the bot.

use std::collections::BTreeMap;

use serde_json::Value;

use super::user::id_of;

/// The most direct channels.
const MAX_CHANNELS: usize = 10_000;

/// The direct channels that were opened, by id, with the user at the other end.
#[derive(Debug, Default)]
pub(crate) struct DirectChannels(BTreeMap<u64, Value>);

impl DirectChannels {
    /// The user of a channel.
    pub(crate) fn recipient(&self, channel: u64) -> Option<&Value> {
        self.0.get(&channel)
    }

    /// The channel with a user.
    pub(crate) fn with(&self, user: u64) -> Option<u64> {
        let mut channels = self.0.iter();
        let (channel, _) = channels.find(|(_, recipient)| id_of(recipient) == Some(user))?;
        Some(*channel)
    }

    /// Opens a channel with a user, unless there are too many.
    pub(crate) fn open(&mut self, channel: u64, recipient: Value) -> Opened {
        if self.0.len() == MAX_CHANNELS {
            return Opened::TooMany;
        }
        self.0.insert(channel, recipient);
        Opened::Yes
    }

    /// Closes a channel. Returns the user.
    pub(crate) fn close(&mut self, channel: u64) -> Option<Value> {
        self.0.remove(&channel)
    }
}

/// Whether a channel was opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Opened {
    Yes,
    TooMany,
}
