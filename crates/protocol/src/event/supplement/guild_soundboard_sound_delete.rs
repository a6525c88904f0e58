use super::SoundboardSoundMarker;
use serde::{Deserialize, Serialize};
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// `GUILD_SOUNDBOARD_SOUND_DELETE`: a guild soundboard sound was deleted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GuildSoundboardSoundDelete {
    /// The sound.
    pub sound_id: Id<SoundboardSoundMarker>,
    /// The guild of the sound.
    pub guild_id: Id<GuildMarker>,
}
