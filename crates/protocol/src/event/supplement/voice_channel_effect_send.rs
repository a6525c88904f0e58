use super::SoundboardSoundMarker;
use serde::{Deserialize, Serialize};
use twilight_model::channel::message::EmojiReactionType;
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, UserMarker};

/// `VOICE_CHANNEL_EFFECT_SEND`: someone sent an emoji reaction or a soundboard sound in the bot's
/// voice channel.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VoiceChannelEffectSend {
    /// The channel.
    pub channel_id: Id<ChannelMarker>,
    /// Its guild.
    pub guild_id: Id<GuildMarker>,
    /// Who sent it.
    pub user_id: Id<UserMarker>,
    /// The emoji, of a reaction or of a sound that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji: Option<EmojiReactionType>,
    /// How the emoji is animated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animation_type: Option<VoiceChannelEffectAnimation>,
    /// Which animation it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animation_id: Option<u64>,
    /// The sound, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound_id: Option<Id<SoundboardSoundMarker>>,
    /// The sound's volume, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound_volume: Option<f64>,
}

/// How the emoji of an effect is animated.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(from = "u64", into = "u64")]
pub enum VoiceChannelEffectAnimation {
    /// A fun animation, which a Nitro subscriber sent.
    Premium,
    /// The standard animation.
    Basic,
    /// One that is not documented.
    Unknown(u64),
}

impl From<u64> for VoiceChannelEffectAnimation {
    fn from(number: u64) -> Self {
        match number {
            0 => Self::Premium,
            1 => Self::Basic,
            unknown => Self::Unknown(unknown),
        }
    }
}

impl From<VoiceChannelEffectAnimation> for u64 {
    fn from(animation: VoiceChannelEffectAnimation) -> Self {
        match animation {
            VoiceChannelEffectAnimation::Premium => 0,
            VoiceChannelEffectAnimation::Basic => 1,
            VoiceChannelEffectAnimation::Unknown(number) => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VoiceChannelEffectAnimation::{self, Basic, Premium, Unknown};

    #[test]
    fn animations_have_the_documented_numbers_and_others_are_kept() {
        for (number, animation) in [(0, Premium), (1, Basic), (7, Unknown(7))] {
            assert_eq!(VoiceChannelEffectAnimation::from(number), animation);
            assert_eq!(u64::from(animation), number);
        }
    }
}
