use serde::{Deserialize, Serialize};
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker};

/// `CHANNEL_INFO`: answers a [`RequestChannelInfo`](crate::RequestChannelInfo) (P26).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChannelInfo {
    /// The guild that was asked about.
    pub guild_id: Id<GuildMarker>,
    /// Its channels that have any of what was asked for.
    pub channels: Vec<ChannelInfoChannel>,
}

/// What is known of one channel. What was not asked for is `None`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChannelInfoChannel {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// Its status, if it is a voice channel that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When its voice session started, in Unix seconds, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice_start_time: Option<i64>,
}
