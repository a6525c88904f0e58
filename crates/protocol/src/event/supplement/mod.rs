//! Types for the documented events that twilight-model has none for.
//!
//! Such an event arrives as an [`UnknownEvent`](crate::UnknownEvent), which says its name and keeps
//! its raw JSON. [`UnknownEvent::supplement`](crate::UnknownEvent::supplement) decodes it into a
//! [`Supplement`]; whoever knows what to expect decodes straight into one type.
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
//! Fields that Discord adds are left out, and those that may be missing are `Option`s, so that an
//! event is undecodable only if it lacks what it is about. Ids may be integers (P33).

mod channel_info;
mod guild_soundboard_sound_delete;
mod soundboard_sound;
mod soundboard_sounds;
mod voice_channel_effect_send;
mod voice_channel_start_time_update;
mod voice_channel_status_update;

pub use self::channel_info::{ChannelInfo, ChannelInfoChannel};
pub use self::guild_soundboard_sound_delete::GuildSoundboardSoundDelete;
pub use self::soundboard_sound::{SoundboardSound, SoundboardSoundMarker};
pub use self::soundboard_sounds::SoundboardSounds;
pub use self::voice_channel_effect_send::{VoiceChannelEffectAnimation, VoiceChannelEffectSend};
pub use self::voice_channel_start_time_update::VoiceChannelStartTimeUpdate;
pub use self::voice_channel_status_update::VoiceChannelStatusUpdate;

use super::EventError;
use crate::dispatch::DispatchKind;
use crate::envelope::{OwnedPayload, Payload};
use crate::opcode::OpCode;
use serde::Serialize;

/// An event that twilight-model has no type for, decoded.
///
/// There is a variant for each [`DispatchKind`] whose [`typing`](DispatchKind::typing) is
/// [`Raw`](crate::Typing::Raw). Serializes as the `d` that it came from.
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
    /// Someone sent an effect in the bot's voice channel.
    VoiceChannelEffectSend(VoiceChannelEffectSend),
    /// The start time of a voice channel's session changed.
    VoiceChannelStartTimeUpdate(VoiceChannelStartTimeUpdate),
    /// The status of a voice channel changed.
    VoiceChannelStatusUpdate(VoiceChannelStatusUpdate),
}

impl Supplement {
    /// Which event it is.
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

    /// `None` where there is no type here.
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
    /// Decodes a documented event that twilight-model has no type for into
    /// [this crate's](self); `None` if it is another event or no event.
    ///
    /// ```
    /// use gloaming_protocol::{OwnedPayload, Supplement};
    ///
    /// let payload = OwnedPayload::parse(
    ///     r#"{"t":"CHANNEL_INFO","s":4,"op":0,"d":{"guild_id":"1","channels":[{"id":"2","status":"hi"}]}}"#,
    /// )?;
    /// let Some(Supplement::ChannelInfo(info)) = payload.supplement()? else {
    ///     panic!("the name says what it is");
    /// };
    /// assert_eq!(info.channels[0].status.as_deref(), Some("hi"));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If `d` does not fit the type of the event.
    pub fn supplement(&self) -> Result<Option<Supplement>, EventError> {
        Supplement::of(&self.as_payload())
            .map_err(|source| EventError::new(self.clone(), source.into()))
    }
}
