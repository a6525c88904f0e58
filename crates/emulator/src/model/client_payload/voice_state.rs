//! Op 4.

use serde_json::Value;

use super::{
    Snowflake,
    fields::{Fields, Malformed},
};
use crate::{finding::FindingKind, rule_table::STATE_WITHOUT_MUTE_OR_DEAF};

/// Op 4 ([P27](gloaming_protocol::rules#p27)).
#[derive(Debug)]
pub(crate) struct VoiceStateUpdate {
    pub(crate) guild_id: Snowflake,
    pub(crate) channel_id: Option<Snowflake>,
    pub(crate) self_mute: bool,
    pub(crate) self_deaf: bool,
}

impl VoiceStateUpdate {
    pub(crate) fn read(d: &Value, findings: &mut Vec<FindingKind>) -> Result<Self, Malformed> {
        let mut fields = Fields::of(d, findings)?;
        let mut flag = |name| -> Result<bool, Malformed> {
            let value = fields.expected(name, STATE_WITHOUT_MUTE_OR_DEAF)?;
            Ok(value.unwrap_or_default())
        };
        let (self_mute, self_deaf) = (flag("self_mute")?, flag("self_deaf")?);
        Ok(Self {
            guild_id: fields.required("guild_id")?,
            channel_id: fields.required("channel_id")?,
            self_mute,
            self_deaf,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn channel_may_be_null_but_not_missing() {
        let read = |d| VoiceStateUpdate::read(&d, &mut Vec::new());
        let left = json!({"guild_id": "41771983423143937", "channel_id": null, "self_mute": false, "self_deaf": false});
        assert!(read(left).unwrap().channel_id.is_none());
        let without =
            json!({"guild_id": "41771983423143937", "self_mute": false, "self_deaf": false});
        assert!(read(without).is_err());
    }
}
