use super::{EncodeError, EncodeErrorKind};
use crate::opcode::OpCode;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// A field that a [`RequestChannelInfo`] can request.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum ChannelInfoField {
    /// The status of voice channels.
    Status,
    /// The start of the sessions in voice channels.
    VoiceStartTime,
}

/// Requests fields of a guild's channels that events do not contain: op 43 ([P26](crate::rules#p26)).
///
/// The gateway answers with CHANNEL_INFO.
///
/// ```
/// use gloaming_protocol::{ChannelInfoField, RequestChannelInfo, encode_command};
/// use twilight_model::id::Id;
///
/// let request = RequestChannelInfo::new(Id::new(1), [ChannelInfoField::Status])?;
/// assert_eq!(
///     encode_command(&request)?,
///     r#"{"op":43,"d":{"guild_id":"1","fields":["status"]}}"#,
/// );
/// # Ok::<_, gloaming_protocol::EncodeError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct RequestChannelInfo {
    guild_id: Id<GuildMarker>,
    fields: Vec<ChannelInfoField>,
}

impl RequestChannelInfo {
    /// Creates a request for these fields, without duplicates.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no field.
    pub fn new(
        guild_id: Id<GuildMarker>,
        fields: impl IntoIterator<Item = ChannelInfoField>,
    ) -> Result<Self, EncodeError> {
        let mut distinct = Vec::new();
        for field in fields {
            if !distinct.contains(&field) {
                distinct.push(field);
            }
        }
        if distinct.is_empty() {
            return Err(EncodeError::new(EncodeErrorKind::NoField));
        }
        Ok(Self {
            guild_id,
            fields: distinct,
        })
    }

    /// The requested guild.
    #[must_use]
    pub const fn guild_id(&self) -> Id<GuildMarker> {
        self.guild_id
    }

    /// The requested fields.
    #[must_use]
    pub fn fields(&self) -> &[ChannelInfoField] {
        &self.fields
    }
}

impl Serialize for RequestChannelInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Data<'a> {
            guild_id: Id<GuildMarker>,
            fields: &'a [ChannelInfoField],
        }

        let mut payload = serializer.serialize_struct("RequestChannelInfo", 2)?;
        payload.serialize_field("op", &OpCode::RequestChannelInfo.number())?;
        payload.serialize_field(
            "d",
            &Data {
                guild_id: self.guild_id,
                fields: &self.fields,
            },
        )?;
        payload.end()
    }
}

#[cfg(test)]
mod tests {
    use super::{ChannelInfoField, RequestChannelInfo};
    use crate::EncodeErrorKind;
    use twilight_model::id::Id;

    #[test]
    fn a_request_without_fields_is_rejected() {
        let error = RequestChannelInfo::new(Id::new(1), []).unwrap_err();
        assert_eq!(error.kind(), EncodeErrorKind::NoField);
    }

    #[test]
    fn a_duplicate_field_is_requested_once() {
        let request = RequestChannelInfo::new(Id::new(7), [ChannelInfoField::Status; 3]).unwrap();
        assert_eq!(request.fields(), [ChannelInfoField::Status]);
        assert_eq!(request.guild_id(), Id::new(7));
    }
}
