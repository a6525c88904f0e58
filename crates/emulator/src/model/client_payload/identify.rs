//! Op 2.

use serde_json::Value;

use super::{
    PresenceUpdate,
    fields::{Fields, Malformed},
};
use crate::{
    finding::FindingKind,
    rule_table::{
        COMPRESS_NOT_A_BOOLEAN, INCOMPLETE_PROPERTIES, NULL_IN_IDENTIFY, PROPERTIES_WITH_DOLLAR,
        TOKEN_WITH_PREFIX,
    },
};

/// Op 2 ([P10](gloaming_protocol::rules#p10)). `Debug` omits the token.
pub(crate) struct Identify {
    pub(crate) token: String,
    pub(crate) intents: u64,
    pub(crate) compress: bool,
    pub(crate) large_threshold: Option<u64>,
    pub(crate) shard: Option<[u32; 2]>,
    pub(crate) presence: Option<PresenceUpdate>,
}

impl Identify {
    pub(crate) fn read(d: &Value, findings: &mut Vec<FindingKind>) -> Result<Self, Malformed> {
        let mut fields = Fields::of(d, findings)?;
        let token: String = fields.required("token")?;
        if token.starts_with("Bot ") {
            fields.report(TOKEN_WITH_PREFIX);
        }
        check_properties(&mut fields)?;
        let presence = match fields.get("presence") {
            None => None,
            Some(Value::Null) => {
                fields.report(NULL_IN_IDENTIFY);
                None
            }
            Some(presence) => Some(PresenceUpdate::read(presence, fields.findings())?),
        };
        Ok(Self {
            token,
            intents: fields.required("intents")?,
            compress: compress(&mut fields)?,
            large_threshold: fields.optional("large_threshold", NULL_IN_IDENTIFY)?,
            shard: fields.optional("shard", NULL_IN_IDENTIFY)?,
            presence,
        })
    }

    /// The shard `[id, count]`. A bot that does not name one has a single shard.
    pub(crate) fn shard(&self) -> [u32; 2] {
        self.shard.unwrap_or([0, 1])
    }
}

impl std::fmt::Debug for Identify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identify")
            .field("intents", &self.intents)
            .field("shard", &self.shard)
            .finish_non_exhaustive()
    }
}

/// Checks the connection properties, whose values the gateway does not use.
fn check_properties(identify: &mut Fields<'_>) -> Result<(), Malformed> {
    let properties = identify.get("properties").ok_or(Malformed)?;
    let mut fields = Fields::of(properties, identify.findings())?;
    for (name, with_dollar) in [
        ("os", "$os"),
        ("browser", "$browser"),
        ("device", "$device"),
    ] {
        let mut value = fields.get(name);
        if value.is_none() {
            value = fields.get(with_dollar);
            if value.is_some() {
                fields.report(PROPERTIES_WITH_DOLLAR);
            }
        }
        match value {
            None | Some(Value::Null) => fields.report(INCOMPLETE_PROPERTIES),
            Some(Value::String(text)) if text.is_empty() => fields.report(INCOMPLETE_PROPERTIES),
            Some(Value::String(_)) => {}
            Some(_) => return Err(Malformed),
        }
    }
    Ok(())
}

/// Whether payload compression is requested.
fn compress(fields: &mut Fields<'_>) -> Result<bool, Malformed> {
    match fields.get("compress") {
        None => Ok(false),
        Some(Value::Bool(compress)) => Ok(*compress),
        Some(Value::Null | Value::String(_)) => {
            fields.report(COMPRESS_NOT_A_BOOLEAN);
            Ok(false)
        }
        Some(_) => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documented_identify_is_read_without_findings() {
        // The example of Discord's documentation.
        let mut findings = Vec::new();
        let d = json!({
            "token": "my_token",
            "properties": {"os": "linux", "browser": "disco", "device": "disco"},
            "compress": true,
            "large_threshold": 250,
            "shard": [0, 1],
            "presence": {
                "activities": [{"name": "Cards Against Humanity", "type": 0}],
                "status": "dnd",
                "since": 91_879_201,
                "afk": false
            },
            "intents": 7
        });
        let identify = Identify::read(&d, &mut findings).unwrap();
        assert_eq!(findings, []);
        assert_eq!(identify.shard, Some([0, 1]));
        assert_eq!(identify.large_threshold, Some(250));
        assert!(identify.compress);
        assert!(identify.presence.as_ref().unwrap().has_known_status());
        assert!(!format!("{identify:?}").contains("my_token"));
    }
}
