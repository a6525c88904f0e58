use serde::{Deserialize, Serialize};
use twilight_model::id::Id;
use twilight_model::id::marker::{EmojiMarker, GuildMarker};
use twilight_model::user::User;

/// Marks the id of a soundboard sound.
#[derive(Debug)]
#[non_exhaustive]
pub struct SoundboardSoundMarker;

/// A soundboard sound; the data of `GUILD_SOUNDBOARD_SOUND_CREATE` and
/// `GUILD_SOUNDBOARD_SOUND_UPDATE`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SoundboardSound {
    /// Its name.
    pub name: String,
    /// Its id.
    pub sound_id: Id<SoundboardSoundMarker>,
    /// Its volume, from 0 to 1.
    pub volume: f64,
    /// Its custom emoji, if it has one.
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// Its emoji of Unicode, if it has one.
    pub emoji_name: Option<String>,
    /// Its guild; `None` for the sounds that everybody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Whether it can be used; not so, for example, after a guild lost boosts.
    pub available: bool,
    /// Who created it, where the bot may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}
