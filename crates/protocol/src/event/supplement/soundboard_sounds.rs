use super::SoundboardSound;
use serde::{Deserialize, Serialize};
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// Sounds of a guild: those that changed, of `GUILD_SOUNDBOARD_SOUNDS_UPDATE`, or all of them, of
/// `SOUNDBOARD_SOUNDS`, which answers a
/// [`RequestSoundboardSounds`](crate::RequestSoundboardSounds) (P26).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SoundboardSounds {
    /// The sounds.
    pub soundboard_sounds: Vec<SoundboardSound>,
    /// Their guild.
    pub guild_id: Id<GuildMarker>,
}
