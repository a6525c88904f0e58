//! The channels that messages can be written in: those of guilds, threads and direct channels.

use serde_json::{Value, json};

use super::{World, changes::ChannelChange, guild::Guild, user::id_of};

/// The types of channels.
pub(crate) mod channel_type {
    pub(crate) const TEXT: u64 = 0;
    pub(crate) const DIRECT: u64 = 1;
    pub(crate) const VOICE: u64 = 2;
    pub(crate) const CATEGORY: u64 = 4;
    pub(crate) const ANNOUNCEMENT: u64 = 5;
    pub(crate) const ANNOUNCEMENT_THREAD: u64 = 10;
    pub(crate) const PUBLIC_THREAD: u64 = 11;
    pub(crate) const PRIVATE_THREAD: u64 = 12;
    pub(crate) const STAGE: u64 = 13;
    pub(crate) const FORUM: u64 = 15;
    pub(crate) const MEDIA: u64 = 16;
}

/// How many guilds before a channel's time are looked at: the time of a channel is at most some milliseconds after that of
/// its guild.
const MAX_CANDIDATES: usize = 4;

/// Where a channel is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) channel: u64,
    /// `None` for a direct channel.
    pub(crate) guild: Option<u64>,
    /// The type of the channel.
    pub(crate) kind: u64,
}

impl Place {
    /// Whether it has messages.
    pub(crate) const fn has_messages(&self) -> bool {
        !matches!(
            self.kind,
            channel_type::CATEGORY | channel_type::FORUM | channel_type::MEDIA
        )
    }

    /// Whether it is a thread.
    pub(crate) const fn is_thread(&self) -> bool {
        matches!(
            self.kind,
            channel_type::ANNOUNCEMENT_THREAD
                | channel_type::PUBLIC_THREAD
                | channel_type::PRIVATE_THREAD
        )
    }
}

impl World {
    /// Where the channel with this id is; `None` if there is no such channel.
    pub(crate) fn place(&self, channel: u64) -> Option<Place> {
        if self.direct_channels.recipient(channel).is_some() {
            return Some(Place {
                channel,
                guild: None,
                kind: channel_type::DIRECT,
            });
        }
        if let Some(thread) = self.threads.get(channel) {
            return Some(Place {
                channel,
                guild: Some(thread.guild),
                kind: thread.kind(),
            });
        }
        let (guild, kind) = self.guild_channel(channel)?;
        Some(Place {
            channel,
            guild: Some(guild.id),
            kind,
        })
    }

    /// The generated guild of a channel of any type, and the type.
    fn guild_channel(&self, channel: u64) -> Option<(&Guild, u64)> {
        for (index, changes) in &self.changes {
            let guild = self.guilds.get(*index)?;
            match changes.channel(channel) {
                ChannelChange::Changed(channel) => {
                    let kind = channel["type"].as_u64().unwrap_or(channel_type::TEXT);
                    return Some((guild, kind)).filter(|_| self.is_joined(guild.id));
                }
                ChannelChange::Deleted => return None,
                ChannelChange::None => {}
            }
        }
        let time = super::calendar::Moment::of_id(channel);
        let end = self
            .guilds
            .partition_point(|guild| guild.created_at() <= time);
        let candidates = &self.guilds[end.saturating_sub(MAX_CANDIDATES)..end];
        let mut found = candidates.iter().filter(|guild| self.is_joined(guild.id));
        found.find_map(|guild| Some((guild, guild.generated_channel_type(channel)?)))
    }

    /// The generated guild of a channel of any type.
    pub(crate) fn guild_of_channel(&self, channel: u64) -> Option<&Guild> {
        self.guild_channel(channel).map(|(guild, _)| guild)
    }

    /// The channel object, as a member with all permissions sees it.
    pub(crate) fn channel(&self, place: Place) -> Option<Value> {
        if let Some(recipient) = self.direct_channels.recipient(place.channel) {
            return Some(direct_channel(place.channel, recipient));
        }
        if let Some(thread) = self.threads.get(place.channel) {
            return Some(thread.json());
        }
        let guild = self.guild(place.guild?)?;
        let mut channels = self.channels(guild).into_iter();
        let mut channel = channels.find(|channel| id_of(channel) == Some(place.channel))?;
        channel["guild_id"] = guild.id.to_string().into();
        Some(channel)
    }

    /// Whether the bot can view a channel.
    pub(crate) fn can_view(&self, place: Place) -> bool {
        let guild = place.guild.and_then(|guild| self.guild(guild));
        guild.is_none_or(|guild| !self.is_hidden(guild, place.channel))
    }
}

/// A direct channel of the bot.
pub(crate) fn direct_channel(id: u64, recipient: &Value) -> Value {
    json!({
        "type": channel_type::DIRECT,
        "recipients": [recipient],
        "last_message_id": null,
        "id": id.to_string(),
        "flags": 0,
    })
}
