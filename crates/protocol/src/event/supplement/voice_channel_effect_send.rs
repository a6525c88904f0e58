use super::SoundboardSoundMarker;
use serde::{Deserialize, Serialize};
use twilight_model::channel::message::EmojiReactionType;
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, UserMarker};

/// `VOICE_CHANNEL_EFFECT_SEND`: a user sent an emoji reaction or a soundboard sound in the bot's
/// voice channel.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VoiceChannelEffectSend {
    /// The channel.
    pub channel_id: Id<ChannelMarker>,
    /// The guild of the channel.
    pub guild_id: Id<GuildMarker>,
    /// The user.
    pub user_id: Id<UserMarker>,
    /// The emoji of the reaction, or of the sound if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji: Option<EmojiReactionType>,
    /// The type of the emoji's animation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animation_type: Option<VoiceChannelEffectAnimation>,
    /// The id of the animation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animation_id: Option<u64>,
    /// The sound, if the effect is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound_id: Option<Id<SoundboardSoundMarker>>,
    /// The volume of the sound, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound_volume: Option<f64>,
}

/// The type of the animation of an effect's emoji.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(from = "u64", into = "u64")]
pub enum VoiceChannelEffectAnimation {
    /// A fun animation, sent by a Nitro subscriber.
    Premium,
    /// The standard animation.
    Basic,
    /// An undocumented type.
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
    fn animation_types_convert_to_and_from_numbers() {
        for (number, animation) in [(0, Premium), (1, Basic), (7, Unknown(7))] {
            assert_eq!(VoiceChannelEffectAnimation::from(number), animation);
            assert_eq!(u64::from(animation), number);
        }
    }
}
