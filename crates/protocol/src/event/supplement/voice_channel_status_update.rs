use serde::{Deserialize, Serialize};
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker};

/// `VOICE_CHANNEL_STATUS_UPDATE`: the status of a voice channel changed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VoiceChannelStatusUpdate {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// The guild of the channel.
    pub guild_id: Id<GuildMarker>,
    /// The new status, or `None` if it was removed.
    pub status: Option<String>,
}
