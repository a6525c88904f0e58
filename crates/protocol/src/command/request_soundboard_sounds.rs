use super::{EncodeError, EncodeErrorKind};
use crate::opcode::OpCode;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// Requests the soundboard sounds of guilds: op 31 ([P26](crate::rules#p26)).
///
/// The gateway answers with one SOUNDBOARD_SOUNDS per guild.
///
/// ```
/// use gloaming_protocol::{RequestSoundboardSounds, encode_command};
/// use twilight_model::id::Id;
///
/// let request = RequestSoundboardSounds::new([Id::new(1), Id::new(2)])?;
/// assert_eq!(encode_command(&request)?, r#"{"op":31,"d":{"guild_ids":["1","2"]}}"#);
/// # Ok::<_, gloaming_protocol::EncodeError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct RequestSoundboardSounds {
    guild_ids: Vec<Id<GuildMarker>>,
}

impl RequestSoundboardSounds {
    /// Creates a request for the sounds of these guilds. The bot must be a member of each.
    ///
    /// A payload of 4096 bytes has space for about 180 guilds. [`encode_command`](super::encode_command)
    /// checks the size ([P21](crate::rules#p21)).
    ///
    /// # Errors
    ///
    /// Returns an error if there is no guild.
    pub fn new(guild_ids: impl IntoIterator<Item = Id<GuildMarker>>) -> Result<Self, EncodeError> {
        let guild_ids = Vec::from_iter(guild_ids);
        if guild_ids.is_empty() {
            return Err(EncodeError::new(EncodeErrorKind::NoGuild));
        }
        Ok(Self { guild_ids })
    }

    /// The requested guilds.
    #[must_use]
    pub fn guild_ids(&self) -> &[Id<GuildMarker>] {
        &self.guild_ids
    }
}

impl Serialize for RequestSoundboardSounds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Data<'a> {
            guild_ids: &'a [Id<GuildMarker>],
        }

        let mut payload = serializer.serialize_struct("RequestSoundboardSounds", 2)?;
        payload.serialize_field("op", &OpCode::RequestSoundboardSounds.number())?;
        payload.serialize_field(
            "d",
            &Data {
                guild_ids: &self.guild_ids,
            },
        )?;
        payload.end()
    }
}

#[cfg(test)]
mod tests {
    use super::RequestSoundboardSounds;
    use crate::EncodeErrorKind;
    use twilight_model::id::Id;

    #[test]
    fn every_guild_is_requested() {
        let guilds = [Id::new(3), Id::new(1)];
        let request = RequestSoundboardSounds::new(guilds).unwrap();
        assert_eq!(request.guild_ids(), guilds);
    }

    #[test]
    fn a_request_without_guilds_is_rejected() {
        let error = RequestSoundboardSounds::new([]).unwrap_err();
        assert_eq!(error.kind(), EncodeErrorKind::NoGuild);
    }
}
