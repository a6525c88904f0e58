//! What clients send, as the documentation describes it.

use serde::Deserialize;
use serde_json::Value;

/// The envelope: `s` and `t` are not for clients to send, and ignored.
#[derive(Deserialize)]
pub(super) struct Envelope {
    pub(super) op: u64,
    #[serde(default)]
    pub(super) d: Value,
}

/// Op 2 (P10). No `Debug` of the token.
#[derive(Deserialize)]
pub(super) struct Identify {
    pub(super) token: String,
    pub(super) properties: Properties,
    pub(super) intents: u64,
    #[serde(default)]
    pub(super) compress: bool,
    pub(super) large_threshold: Option<u64>,
    pub(super) shard: Option<[u32; 2]>,
    pub(super) presence: Option<PresenceUpdate>,
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

/// What the client is.
#[derive(Debug, Deserialize)]
pub(super) struct Properties {
    #[serde(alias = "$os")]
    pub(super) os: String,
    #[serde(alias = "$browser")]
    pub(super) browser: String,
    #[serde(alias = "$device")]
    pub(super) device: String,
}

/// Op 6 (P14).
#[derive(Deserialize)]
pub(super) struct Resume {
    pub(super) token: String,
    pub(super) session_id: String,
    pub(super) seq: u64,
}

/// Op 3 (P27). `since` and `afk` must be there, even if null.
#[derive(Debug, Deserialize)]
pub(super) struct PresenceUpdate {
    #[serde(rename = "since", deserialize_with = "nullable")]
    pub(super) _since: Option<u64>,
    #[serde(rename = "activities")]
    pub(super) _activities: Vec<Activity>,
    pub(super) status: String,
    #[serde(rename = "afk")]
    pub(super) _afk: bool,
}

impl PresenceUpdate {
    /// Whether the status is one of the documented ones.
    pub(super) fn has_known_status(&self) -> bool {
        matches!(
            self.status.as_str(),
            "online" | "dnd" | "idle" | "invisible" | "offline"
        )
    }
}

/// What a bot says that it does.
#[derive(Debug, Deserialize)]
pub(super) struct Activity {
    #[serde(rename = "name")]
    pub(super) _name: String,
    #[serde(rename = "type")]
    pub(super) _kind: u64,
}

/// Op 4 (P27).
#[derive(Debug, Deserialize)]
pub(super) struct VoiceStateUpdate {
    pub(super) guild_id: Snowflake,
    #[serde(deserialize_with = "nullable")]
    pub(super) channel_id: Option<Snowflake>,
    pub(super) self_mute: bool,
    pub(super) self_deaf: bool,
}

/// Op 8 (P24).
#[derive(Debug, Deserialize)]
pub(super) struct RequestGuildMembers {
    pub(super) guild_id: Snowflake,
    pub(super) query: Option<String>,
    #[serde(default)]
    pub(super) limit: u64,
    #[serde(default)]
    pub(super) presences: bool,
    pub(super) user_ids: Option<OneOrMany>,
    pub(super) nonce: Option<String>,
}

/// Op 31 (P26).
#[derive(Debug, Deserialize)]
pub(super) struct RequestSoundboardSounds {
    pub(super) guild_ids: Vec<Snowflake>,
}

/// Op 43 (P26).
#[derive(Debug, Deserialize)]
pub(super) struct RequestChannelInfo {
    pub(super) guild_id: Snowflake,
    pub(super) fields: Vec<String>,
}

/// `user_ids` is one id or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(Snowflake),
    Many(Vec<Snowflake>),
}

impl OneOrMany {
    pub(super) fn into_vec(self) -> Vec<Snowflake> {
        match self {
            Self::One(id) => vec![id],
            Self::Many(ids) => ids,
        }
    }
}

/// An id: a string, or an integer, which Discord takes as well (P33).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Snowflake(pub(super) u64);

impl<'de> Deserialize<'de> for Snowflake {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value
            .as_u64()
            .or_else(|| value.as_str()?.parse().ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("an id is a string of digits"))
    }
}

/// A field that may be null but must be there: a custom function takes serde's default for options away.
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
    fn reads_the_documented_identify() {
        // The example of Discord's documentation, with its comments taken out.
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
    fn null_is_not_absence() {
        let there = r#"{"guild_id":"41771983423143937","channel_id":null,"self_mute":false,"self_deaf":false}"#;
        assert!(
            serde_json::from_str::<VoiceStateUpdate>(there)
                .unwrap()
                .channel_id
                .is_none()
        );
        let absent = r#"{"guild_id":"41771983423143937","self_mute":false,"self_deaf":false}"#;
        assert!(serde_json::from_str::<VoiceStateUpdate>(absent).is_err());
    }

    #[test]
    fn ids_may_be_integers() {
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
