use serde::{Deserialize, Serialize};
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker};

/// `CHANNEL_INFO`: the answer to a [`RequestChannelInfo`](crate::RequestChannelInfo)
/// ([P26](crate::rules#p26)).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChannelInfo {
    /// The requested guild.
    pub guild_id: Id<GuildMarker>,
    /// The channels of the guild that have any of the requested fields.
    pub channels: Vec<ChannelInfoChannel>,
}

/// The requested fields of a channel. The others are `None`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChannelInfoChannel {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// The status, if it is a voice channel with a status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The start of the voice session, in Unix seconds, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice_start_time: Option<i64>,
}
