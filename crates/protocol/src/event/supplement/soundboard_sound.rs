use serde::{Deserialize, Serialize};
use twilight_model::id::Id;
use twilight_model::id::marker::{EmojiMarker, GuildMarker};
use twilight_model::user::User;

/// The marker of soundboard sound ids.
#[derive(Debug)]
#[non_exhaustive]
pub struct SoundboardSoundMarker;

/// A soundboard sound: the data of `GUILD_SOUNDBOARD_SOUND_CREATE` and
/// `GUILD_SOUNDBOARD_SOUND_UPDATE`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SoundboardSound {
    /// The name.
    pub name: String,
    /// The id.
    pub sound_id: Id<SoundboardSoundMarker>,
    /// The volume, from 0 to 1.
    pub volume: f64,
    /// The custom emoji, if there is one.
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// The Unicode emoji, if there is one.
    pub emoji_name: Option<String>,
    /// The guild, or `None` for the default sounds of all guilds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Whether it can be used. It may become unavailable, for example when the guild loses boosts.
    pub available: bool,
    /// The creator, if the bot has the permission to see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}
