use super::SoundboardSound;
use serde::{Deserialize, Serialize};
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// Sounds of a guild: the changed ones in `GUILD_SOUNDBOARD_SOUNDS_UPDATE`, or all of them in
/// `SOUNDBOARD_SOUNDS`, the answer to a
/// [`RequestSoundboardSounds`](crate::RequestSoundboardSounds) ([P26](crate::rules#p26)).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SoundboardSounds {
    /// The sounds.
    pub soundboard_sounds: Vec<SoundboardSound>,
    /// The guild of the sounds.
    pub guild_id: Id<GuildMarker>,
}
