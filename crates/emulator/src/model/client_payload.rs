//! The payloads that clients send, as documented.

use serde::Deserialize;
use serde_json::Value;

/// The envelope. Clients do not send `s` and `t`; they are ignored.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    pub(crate) op: u64,
    #[serde(default)]
    pub(crate) d: Value,
}

/// Op 2 ([P10](gloaming_protocol::rules#p10)). `Debug` omits the token.
#[derive(Deserialize)]
pub(crate) struct Identify {
    pub(crate) token: String,
    pub(crate) properties: Properties,
    pub(crate) intents: u64,
    #[serde(default)]
    pub(crate) compress: bool,
    pub(crate) large_threshold: Option<u64>,
    pub(crate) shard: Option<[u32; 2]>,
    pub(crate) presence: Option<PresenceUpdate>,
}

impl Identify {
    /// The shard `[id, count]`. A bot that does not name one has a single shard.
    pub(crate) fn shard(&self) -> [u32; 2] {
        self.shard.unwrap_or([0, 1])
    }
}

impl std::fmt::Debug for Identify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identify")
            .field("properties", &self.properties)
            .field("intents", &self.intents)
            .field("shard", &self.shard)
            .finish_non_exhaustive()
    }
}

/// The connection properties of the client.
#[derive(Debug, Deserialize)]
pub(crate) struct Properties {
    #[serde(alias = "$os")]
    pub(crate) os: String,
    #[serde(alias = "$browser")]
    pub(crate) browser: String,
    #[serde(alias = "$device")]
    pub(crate) device: String,
}

/// Op 6 ([P14](gloaming_protocol::rules#p14)).
#[derive(Deserialize)]
pub(crate) struct Resume {
    pub(crate) token: String,
    pub(crate) session_id: String,
    pub(crate) seq: u64,
}

/// Op 3 ([P27](gloaming_protocol::rules#p27)). `since` and `afk` are required; `since` may be null.
#[derive(Debug, Deserialize)]
pub(crate) struct PresenceUpdate {
    #[serde(rename = "since", deserialize_with = "nullable")]
    pub(crate) _since: Option<u64>,
    #[serde(rename = "activities")]
    pub(crate) _activities: Vec<Activity>,
    pub(crate) status: String,
    #[serde(rename = "afk")]
    pub(crate) _afk: bool,
}

impl PresenceUpdate {
    /// Whether the status is documented.
    pub(crate) fn has_known_status(&self) -> bool {
        matches!(
            self.status.as_str(),
            "online" | "dnd" | "idle" | "invisible" | "offline"
        )
    }
}

/// An activity of the bot.
#[derive(Debug, Deserialize)]
pub(crate) struct Activity {
    #[serde(rename = "name")]
    pub(crate) _name: String,
    #[serde(rename = "type")]
    pub(crate) _kind: u64,
}

/// Op 4 ([P27](gloaming_protocol::rules#p27)).
#[derive(Debug, Deserialize)]
pub(crate) struct VoiceStateUpdate {
    pub(crate) guild_id: Snowflake,
    #[serde(deserialize_with = "nullable")]
    pub(crate) channel_id: Option<Snowflake>,
    pub(crate) self_mute: bool,
    pub(crate) self_deaf: bool,
}

/// Op 8 ([P24](gloaming_protocol::rules#p24)).
#[derive(Debug, Deserialize)]
pub(crate) struct RequestGuildMembers {
    pub(crate) guild_id: Snowflake,
    pub(crate) query: Option<String>,
    #[serde(default)]
    pub(crate) limit: u64,
    #[serde(default)]
    pub(crate) presences: bool,
    pub(crate) user_ids: Option<OneOrMany>,
    pub(crate) nonce: Option<String>,
}

/// Op 31 ([P26](gloaming_protocol::rules#p26)).
#[derive(Debug, Deserialize)]
pub(crate) struct RequestSoundboardSounds {
    pub(crate) guild_ids: Vec<Snowflake>,
}

/// Op 43 ([P26](gloaming_protocol::rules#p26)).
#[derive(Debug, Deserialize)]
pub(crate) struct RequestChannelInfo {
    pub(crate) guild_id: Snowflake,
    pub(crate) fields: Vec<String>,
}

/// `user_ids` is one id or a list of ids.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(Snowflake),
    Many(Vec<Snowflake>),
}

impl OneOrMany {
    pub(crate) fn into_vec(self) -> Vec<Snowflake> {
        match self {
            Self::One(id) => vec![id],
            Self::Many(ids) => ids,
        }
    }
}

/// An id: a string, or an integer, which Discord accepts as well ([P33](gloaming_protocol::rules#p33)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Snowflake(pub(crate) u64);

impl<'de> Deserialize<'de> for Snowflake {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value
            .as_u64()
            .or_else(|| value.as_str()?.parse().ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("an id must be a string of digits"))
    }
}

/// A required field that may be null. With a custom function, serde does not default a missing `Option` to `None`.
fn nullable<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_identify_is_parsed() {
        // The example of Discord's documentation, without its comments.
        let identify: Identify = serde_json::from_str(
            r#"{
                "token": "my_token",
                "properties": {"os": "linux", "browser": "disco", "device": "disco"},
                "compress": true,
                "large_threshold": 250,
                "shard": [0, 1],
                "presence": {
                    "activities": [{"name": "Cards Against Humanity", "type": 0}],
                    "status": "dnd",
                    "since": 91879201,
                    "afk": false
                },
                "intents": 7
            }"#,
        )
        .unwrap();
        assert_eq!(identify.shard, Some([0, 1]));
        assert_eq!(identify.properties.browser, "disco");
        assert_eq!(identify.presence.as_ref().unwrap().status, "dnd");
        assert!(!format!("{identify:?}").contains("my_token"));
    }

    #[test]
    fn nullable_field_is_required() {
        let present = r#"{"guild_id":"41771983423143937","channel_id":null,"self_mute":false,"self_deaf":false}"#;
        assert!(
            serde_json::from_str::<VoiceStateUpdate>(present)
                .unwrap()
                .channel_id
                .is_none()
        );
        let absent = r#"{"guild_id":"41771983423143937","self_mute":false,"self_deaf":false}"#;
        assert!(serde_json::from_str::<VoiceStateUpdate>(absent).is_err());
    }

    #[test]
    fn id_may_be_an_integer() {
        assert_eq!(
            serde_json::from_str::<Snowflake>("123").unwrap(),
            Snowflake(123)
        );
        assert_eq!(
            serde_json::from_str::<Snowflake>("\"123\"").unwrap(),
            Snowflake(123)
        );
        assert!(serde_json::from_str::<Snowflake>("\"x\"").is_err());
    }
}
