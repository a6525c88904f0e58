//! Types for documented events, and for components, that twilight-model has no type for.
//!
//! Such an event arrives as an [`UnknownEvent`](crate::UnknownEvent), which keeps its name and JSON.
//! [`UnknownEvent::supplement`](crate::UnknownEvent::supplement) decodes it into a [`Supplement`], and
//! [`UnknownEvent::decode`](crate::UnknownEvent::decode) into a specific type.
//!
//! ```
//! use gloaming_protocol::{Decoded, JsonParser, Payload, Supplement, decode_event, supplement};
//!
//! let payload = Payload::parse(
//!     r#"{"t":"VOICE_CHANNEL_STATUS_UPDATE","s":7,"op":0,"d":{"id":"1","guild_id":"2","status":"cheese"}}"#,
//! )?;
//! let Decoded::Unknown(event) = decode_event(&payload, JsonParser::best())? else {
//!     panic!("twilight-model has no type for it");
//! };
//! match event.supplement()? {
//!     Some(Supplement::VoiceChannelStatusUpdate(update)) => {
//!         assert_eq!(update.status.as_deref(), Some("cheese"));
//!     }
//!     other => panic!("{other:?}"),
//! }
//!
//! let update: supplement::VoiceChannelStatusUpdate = event.decode()?;
//! assert_eq!(update.id.get(), 1);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Messages and submitted modals may contain components that twilight-model has no type for.
//! [`OwnedPayload::untyped_components`](crate::OwnedPayload::untyped_components) finds them in the payload.
//!
//! Decoding ignores fields that Discord adds. Fields that may be missing are `Option`s. Ids may be integers
//! ([P33](crate::rules#p33)).

mod channel_info;
mod component;
mod guild_soundboard_sound_delete;
mod soundboard_sound;
mod soundboard_sounds;
mod voice_channel_effect_send;
mod voice_channel_start_time_update;
mod voice_channel_status_update;

pub use self::channel_info::{ChannelInfo, ChannelInfoChannel};
pub use self::component::{Component, OtherComponent, RadioGroup};
pub use self::guild_soundboard_sound_delete::GuildSoundboardSoundDelete;
pub use self::soundboard_sound::{SoundboardSound, SoundboardSoundMarker};
pub use self::soundboard_sounds::SoundboardSounds;
pub use self::voice_channel_effect_send::{VoiceChannelEffectAnimation, VoiceChannelEffectSend};
pub use self::voice_channel_start_time_update::VoiceChannelStartTimeUpdate;
pub use self::voice_channel_status_update::VoiceChannelStatusUpdate;

use super::EventError;
use super::mismatch::Mismatch;
use crate::dispatch::DispatchKind;
use crate::envelope::{OwnedPayload, Payload};
use crate::opcode::OpCode;
use serde::Serialize;

/// A decoded event that twilight-model has no type for.
///
/// There is a variant for each [`DispatchKind`] whose [`type_source`](DispatchKind::type_source) is
/// [`Supplement`](crate::TypeSource::Supplement). Serializes into the `d` of the event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(untagged)]
pub enum Supplement {
    /// Answers a request for channel info.
    ChannelInfo(ChannelInfo),
    /// A guild soundboard sound was created.
    GuildSoundboardSoundCreate(Box<SoundboardSound>),
    /// A guild soundboard sound was changed.
    GuildSoundboardSoundUpdate(Box<SoundboardSound>),
    /// A guild soundboard sound was deleted.
    GuildSoundboardSoundDelete(GuildSoundboardSoundDelete),
    /// Several guild soundboard sounds were changed.
    GuildSoundboardSoundsUpdate(SoundboardSounds),
    /// Answers a request for soundboard sounds.
    SoundboardSounds(SoundboardSounds),
    /// A user sent an effect in the bot's voice channel.
    VoiceChannelEffectSend(VoiceChannelEffectSend),
    /// The start time of a voice channel's session changed.
    VoiceChannelStartTimeUpdate(VoiceChannelStartTimeUpdate),
    /// The status of a voice channel changed.
    VoiceChannelStatusUpdate(VoiceChannelStatusUpdate),
}

impl Supplement {
    /// Returns the kind of event.
    #[must_use]
    pub const fn kind(&self) -> DispatchKind {
        match self {
            Self::ChannelInfo(_) => DispatchKind::ChannelInfo,
            Self::GuildSoundboardSoundCreate(_) => DispatchKind::GuildSoundboardSoundCreate,
            Self::GuildSoundboardSoundUpdate(_) => DispatchKind::GuildSoundboardSoundUpdate,
            Self::GuildSoundboardSoundDelete(_) => DispatchKind::GuildSoundboardSoundDelete,
            Self::GuildSoundboardSoundsUpdate(_) => DispatchKind::GuildSoundboardSoundsUpdate,
            Self::SoundboardSounds(_) => DispatchKind::SoundboardSounds,
            Self::VoiceChannelEffectSend(_) => DispatchKind::VoiceChannelEffectSend,
            Self::VoiceChannelStartTimeUpdate(_) => DispatchKind::VoiceChannelStartTimeUpdate,
            Self::VoiceChannelStatusUpdate(_) => DispatchKind::VoiceChannelStatusUpdate,
        }
    }

    /// Returns `None` if there is no type for the payload in this module.
    fn of(payload: &Payload<'_>) -> Result<Option<Self>, serde_json::Error> {
        let Some(kind) = payload.kind().filter(|_| payload.op() == OpCode::Dispatch) else {
            return Ok(None);
        };
        Ok(Some(match kind {
            DispatchKind::ChannelInfo => Self::ChannelInfo(payload.decode_data()?),
            DispatchKind::GuildSoundboardSoundCreate => {
                Self::GuildSoundboardSoundCreate(payload.decode_data()?)
            }
            DispatchKind::GuildSoundboardSoundUpdate => {
                Self::GuildSoundboardSoundUpdate(payload.decode_data()?)
            }
            DispatchKind::GuildSoundboardSoundDelete => {
                Self::GuildSoundboardSoundDelete(payload.decode_data()?)
            }
            DispatchKind::GuildSoundboardSoundsUpdate => {
                Self::GuildSoundboardSoundsUpdate(payload.decode_data()?)
            }
            DispatchKind::SoundboardSounds => Self::SoundboardSounds(payload.decode_data()?),
            DispatchKind::VoiceChannelEffectSend => {
                Self::VoiceChannelEffectSend(payload.decode_data()?)
            }
            DispatchKind::VoiceChannelStartTimeUpdate => {
                Self::VoiceChannelStartTimeUpdate(payload.decode_data()?)
            }
            DispatchKind::VoiceChannelStatusUpdate => {
                Self::VoiceChannelStatusUpdate(payload.decode_data()?)
            }
            _ => return Ok(None),
        }))
    }
}

impl OwnedPayload {
    /// Decodes a documented event that twilight-model has no type for into a type of [this module](self).
    ///
    /// Returns `None` for all other payloads.
    ///
    /// ```
    /// use gloaming_protocol::{OwnedPayload, Supplement};
    ///
    /// let payload = OwnedPayload::parse(
    ///     r#"{"t":"CHANNEL_INFO","s":4,"op":0,"d":{"guild_id":"1","channels":[{"id":"2","status":"hi"}]}}"#,
    /// )?;
    /// let Some(Supplement::ChannelInfo(info)) = payload.supplement()? else {
    ///     panic!("there is a type for the event");
    /// };
    /// assert_eq!(info.channels[0].status.as_deref(), Some("hi"));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if `d` does not match the type of the event.
    pub fn supplement(&self) -> Result<Option<Supplement>, EventError> {
        Supplement::of(&self.as_payload())
            .map_err(|error| EventError::new(self.clone(), Mismatch::of(&error).into()))
    }
}
