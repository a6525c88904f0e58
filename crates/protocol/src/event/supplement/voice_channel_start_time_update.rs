use serde::{Deserialize, Serialize};
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker};

/// `VOICE_CHANNEL_START_TIME_UPDATE`: a voice channel's session started or ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VoiceChannelStartTimeUpdate {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// The guild of the channel.
    pub guild_id: Id<GuildMarker>,
    /// The start of the session, in Unix seconds, or `None` if it ended.
    pub voice_start_time: Option<i64>,
}
