use super::{EncodeError, EncodeErrorKind, check_size};
use crate::envelope::Payload;
use crate::limits::{MAX_NONCE_BYTES, MAX_REQUESTED_USERS};
use crate::opcode::OpCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, UserMarker};

/// A [command](super::Command) as the JSON that another program wrote, `{"op": …, "d": …}`, which was checked.
///
/// The gateway answers a payload that it can't read with the end of the connection
/// ([P19](crate::rules#p19)). So what comes from outside of the process is checked before it is sent: whether it is a
/// command, its size, and the members of `d` that Discord documents, with their types. Members that are not documented are
/// sent as they are.
///
/// ```
/// use gloaming_protocol::{CommandPayload, OpCode};
/// use twilight_model::id::Id;
///
/// let command = CommandPayload::parse(r#"{"op": 8, "d": {"guild_id": "7", "query": "ne", "limit": 10}}"#)?;
/// assert_eq!(command.op(), OpCode::RequestGuildMembers);
/// assert_eq!(command.guild_ids(), [Id::new(7)]);
/// assert!(CommandPayload::parse(r#"{"op": 2, "d": {"token": "…"}}"#).is_err());
/// # Ok::<_, gloaming_protocol::EncodeError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CommandPayload {
    op: OpCode,
    guild_ids: Vec<Id<GuildMarker>>,
    json: String,
}

impl CommandPayload {
    /// The opcodes of commands.
    pub const OPCODES: [OpCode; 5] = [
        OpCode::PresenceUpdate,
        OpCode::VoiceStateUpdate,
        OpCode::RequestGuildMembers,
        OpCode::RequestSoundboardSounds,
        OpCode::RequestChannelInfo,
    ];

    /// Checks a payload.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is over 4096 bytes ([P21](crate::rules#p21)), is no command, lacks a documented member,
    /// has one with another type, or exceeds a limit of a request ([P24](crate::rules#p24)).
    pub fn parse(text: &str) -> Result<Self, EncodeError> {
        check_size(text)?;
        let Ok(payload) = Payload::parse(text) else {
            return Err(EncodeError::new(EncodeErrorKind::NotAPayload));
        };
        let (op, data) = (payload.op(), payload.data());
        let guild_ids = match op {
            OpCode::PresenceUpdate => {
                read::<Presence>(data)?;
                Vec::new()
            }
            OpCode::VoiceStateUpdate => vec![read::<VoiceState>(data)?.guild_id],
            OpCode::RequestGuildMembers => vec![read::<Members>(data)?.checked()?],
            OpCode::RequestSoundboardSounds => some_guilds(read::<SoundboardSounds>(data)?)?,
            OpCode::RequestChannelInfo => vec![read::<ChannelInfo>(data)?.checked()?],
            other => {
                let op = other.number();
                return Err(EncodeError::new(EncodeErrorKind::NotACommand { op }));
            }
        };
        // Without what stands beside the two, which is not sent for a command.
        let json = format!(r#"{{"op":{},"d":{data}}}"#, op.number());
        check_size(&json)?;
        Ok(Self {
            op,
            guild_ids,
            json,
        })
    }

    /// The type of the command.
    #[must_use]
    pub const fn op(&self) -> OpCode {
        self.op
    }

    /// The guilds that the command is about. A presence update has none, and a request for soundboard sounds may have several.
    #[must_use]
    pub fn guild_ids(&self) -> &[Id<GuildMarker>] {
        &self.guild_ids
    }

    /// The payload to send.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.json
    }

    /// The payload to send.
    #[must_use]
    pub fn into_json(self) -> String {
        self.json
    }
}

fn read<T: DeserializeOwned>(data: &str) -> Result<T, EncodeError> {
    serde_json::from_str(data).map_err(EncodeError::malformed)
}

fn some_guilds(request: SoundboardSounds) -> Result<Vec<Id<GuildMarker>>, EncodeError> {
    match request.guild_ids.is_empty() {
        true => Err(EncodeError::new(EncodeErrorKind::NoGuild)),
        false => Ok(request.guild_ids),
    }
}

/// Reads a member that has to be there, and may be `null`.
fn nullable<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

#[expect(dead_code, reason = "whether they can be read is what counts")]
#[derive(Deserialize)]
struct Presence {
    #[serde(deserialize_with = "nullable")]
    since: Option<u64>,
    activities: Vec<Activity>,
    status: Status,
    afk: bool,
}

#[expect(dead_code, reason = "whether they can be read is what counts")]
#[derive(Deserialize)]
struct Activity {
    name: String,
    #[serde(rename = "type")]
    kind: u8,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Online,
    Dnd,
    Idle,
    Invisible,
    Offline,
}

#[expect(dead_code, reason = "whether they can be read is what counts")]
#[derive(Deserialize)]
struct VoiceState {
    guild_id: Id<GuildMarker>,
    #[serde(deserialize_with = "nullable")]
    channel_id: Option<Id<ChannelMarker>>,
    self_mute: bool,
    self_deaf: bool,
}

#[expect(dead_code, reason = "whether they can be read is what counts")]
#[derive(Deserialize)]
struct Members {
    guild_id: Id<GuildMarker>,
    query: Option<String>,
    limit: Option<u64>,
    presences: Option<bool>,
    user_ids: Option<Users>,
    nonce: Option<String>,
}

#[expect(dead_code, reason = "whether they can be read is what counts")]
#[derive(Deserialize)]
#[serde(untagged)]
enum Users {
    One(Id<UserMarker>),
    Several(Vec<Id<UserMarker>>),
}

impl Members {
    fn checked(self) -> Result<Id<GuildMarker>, EncodeError> {
        let reject = |kind| Err(EncodeError::new(kind));
        let bytes = self.nonce.map_or(0, |nonce| nonce.len());
        if bytes > MAX_NONCE_BYTES {
            return reject(EncodeErrorKind::NonceTooLong { bytes });
        }
        let users = match &self.user_ids {
            None => 0,
            Some(Users::One(_)) => 1,
            Some(Users::Several(users)) => users.len(),
        };
        if users > MAX_REQUESTED_USERS {
            return reject(EncodeErrorKind::TooManyUsers { users });
        }
        // Discord demands one of both, and the limit with a query.
        let is_query = self.query.is_some() && self.limit.is_some();
        match is_query || users > 0 {
            true => Ok(self.guild_id),
            false => reject(EncodeErrorKind::NoMember),
        }
    }
}

#[derive(Deserialize)]
struct SoundboardSounds {
    guild_ids: Vec<Id<GuildMarker>>,
}

#[derive(Deserialize)]
struct ChannelInfo {
    guild_id: Id<GuildMarker>,
    fields: Vec<IgnoredString>,
}

/// A text whose content does not matter.
#[derive(Deserialize)]
#[serde(from = "String")]
struct IgnoredString;

impl From<String> for IgnoredString {
    fn from(_: String) -> Self {
        Self
    }
}

impl ChannelInfo {
    fn checked(self) -> Result<Id<GuildMarker>, EncodeError> {
        match self.fields.is_empty() {
            true => Err(EncodeError::new(EncodeErrorKind::NoField)),
            false => Ok(self.guild_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    fn rejected(text: &str) -> EncodeErrorKind {
        CommandPayload::parse(text).unwrap_err().kind()
    }

    #[test]
    fn documented_commands_are_accepted_as_they_are() {
        for (text, guilds) in [
            (
                r#"{"op":3,"d":{"since":91879201,"activities":[{"name":"Save the Oxford Comma","type":0}],"status":"online","afk":false}}"#,
                0,
            ),
            (
                r#"{"op":4,"d":{"guild_id":"41771983423143937","channel_id":null,"self_mute":false,"self_deaf":true}}"#,
                1,
            ),
            (
                r#"{"op":8,"d":{"guild_id":"41771983444115456","query":"","limit":0}}"#,
                1,
            ),
            (
                r#"{"op":8,"d":{"guild_id":"7","user_ids":["1","2"],"presences":true,"nonce":"a"}}"#,
                1,
            ),
            (
                r#"{"op":31,"d":{"guild_ids":["613425648685547541","81384788765712384"]}}"#,
                2,
            ),
            (
                r#"{"op":43,"d":{"guild_id":"7","fields":["status","voice_start_time"]}}"#,
                1,
            ),
        ] {
            let command = CommandPayload::parse(text).unwrap();
            assert_eq!(command.as_str(), text);
            assert_eq!(command.guild_ids().len(), guilds, "{text}");
            assert!(CommandPayload::OPCODES.contains(&command.op()));
            assert_eq!(command.into_json(), text);
        }
    }

    #[test]
    fn only_op_and_d_are_sent() {
        let text =
            r#"{"s":1, "d": {"guild_id":"7","fields":["status"],"new":[1]}, "op":43, "t":"X"}"#;
        let command = CommandPayload::parse(text).unwrap();
        let expected = r#"{"op":43,"d":{"guild_id":"7","fields":["status"],"new":[1]}}"#;
        assert_eq!(command.as_str(), expected);
    }

    #[test]
    fn what_maintains_the_connection_is_no_command() {
        for op in [0, 1, 2, 6, 7, 9, 10, 11, 99] {
            let text = format!(r#"{{"op":{op},"d":{{"token":"secret"}}}}"#);
            let error = CommandPayload::parse(&text).unwrap_err();
            assert_eq!(error.kind(), EncodeErrorKind::NotACommand { op });
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }

    #[test]
    fn payloads_that_the_gateway_could_not_read_are_rejected() {
        for text in [
            r#"{"op":4,"d":{"guild_id":"x","channel_id":null,"self_mute":false,"self_deaf":true}}"#,
            r#"{"op":4,"d":{"guild_id":"7","self_mute":false,"self_deaf":true}}"#,
            r#"{"op":4,"d":null}"#,
            r#"{"op":3,"d":{"since":null,"activities":[{"type":0}],"status":"online","afk":false}}"#,
            r#"{"op":3,"d":{"since":null,"activities":[],"status":"asleep","afk":false}}"#,
            r#"{"op":8,"d":{"guild_id":["7"],"query":"","limit":0}}"#,
            r#"{"op":31,"d":{"guild_ids":"7"}}"#,
            r#"{"op":43,"d":{"guild_id":"7","fields":[1]}}"#,
        ] {
            let error = CommandPayload::parse(text).unwrap_err();
            assert_eq!(error.kind(), EncodeErrorKind::Malformed, "{text}");
            assert!(error.source().is_some(), "it says where");
        }
        for text in ["", "null", "{}", r#"{"op":8"#, r#"{"d":{}}"#] {
            assert_eq!(rejected(text), EncodeErrorKind::NotAPayload, "{text}");
        }
    }

    #[test]
    fn limits_of_requests_apply() {
        assert_eq!(
            rejected(r#"{"op":31,"d":{"guild_ids":[]}}"#),
            EncodeErrorKind::NoGuild
        );
        assert_eq!(
            rejected(r#"{"op":43,"d":{"guild_id":"7","fields":[]}}"#),
            EncodeErrorKind::NoField
        );
        for d in [
            r#"{"guild_id":"7"}"#,
            r#"{"guild_id":"7","query":"a"}"#,
            r#"{"guild_id":"7","user_ids":[]}"#,
        ] {
            let text = format!(r#"{{"op":8,"d":{d}}}"#);
            assert_eq!(rejected(&text), EncodeErrorKind::NoMember, "{text}");
        }
        let nonce = "x".repeat(33);
        let text = format!(r#"{{"op":8,"d":{{"guild_id":"7","user_ids":"1","nonce":"{nonce}"}}}}"#);
        assert_eq!(rejected(&text), EncodeErrorKind::NonceTooLong { bytes: 33 });
        let users = vec!["\"1\""; 101].join(",");
        let text = format!(r#"{{"op":8,"d":{{"guild_id":"7","user_ids":[{users}]}}}}"#);
        assert_eq!(
            rejected(&text),
            EncodeErrorKind::TooManyUsers { users: 101 }
        );
        let long = format!(
            r#"{{"op":31,"d":{{"guild_ids":["{}"]}}}}"#,
            "1".repeat(4096)
        );
        assert!(matches!(rejected(&long), EncodeErrorKind::TooLarge { .. }));
    }
}
