//! Op 3, and the presence of an IDENTIFY.

use serde::Deserialize;
use serde_json::Value;

use super::fields::{Fields, Malformed};
use crate::{
    finding::FindingKind,
    rule_table::{
        ACTIVITY_AS_GAME, PRESENCE_WITHOUT_ACTIVITIES, PRESENCE_WITHOUT_AFK,
        PRESENCE_WITHOUT_SINCE, PRESENCE_WITHOUT_STATUS, SINCE_NOT_AN_INTEGER,
    },
};

/// Op 3 ([P27](gloaming_protocol::rules#p27)). The gateway uses nothing but the status.
#[derive(Debug)]
pub(crate) struct PresenceUpdate {
    /// `None` if the client left it out.
    status: Option<String>,
}

impl PresenceUpdate {
    pub(crate) fn read(d: &Value, findings: &mut Vec<FindingKind>) -> Result<Self, Malformed> {
        let mut fields = Fields::of(d, findings)?;
        check_since(&mut fields);
        check_activities(&mut fields)?;
        let _: Option<bool> = fields.expected("afk", PRESENCE_WITHOUT_AFK)?;
        let status: Option<String> = fields.expected("status", PRESENCE_WITHOUT_STATUS)?;
        let status = status.filter(|status| {
            if status.is_empty() {
                fields.report(PRESENCE_WITHOUT_STATUS);
            }
            !status.is_empty()
        });
        Ok(Self { status })
    }

    /// Whether the status is documented.
    pub(crate) fn has_known_status(&self) -> bool {
        matches!(
            self.status.as_deref(),
            None | Some("online" | "dnd" | "idle" | "invisible" | "offline")
        )
    }
}

fn check_since(fields: &mut Fields<'_>) {
    match fields.get("since") {
        None => fields.report(PRESENCE_WITHOUT_SINCE),
        Some(Value::Null) => {}
        Some(since) if since.is_u64() => {}
        Some(_) => fields.report(SINCE_NOT_AN_INTEGER),
    }
}

/// Checks `activities`, or `game` of older versions of the gateway, which is one activity or null.
fn check_activities(fields: &mut Fields<'_>) -> Result<(), Malformed> {
    let game = fields.get("game");
    if game.is_some() {
        fields.report(ACTIVITY_AS_GAME);
    }
    match (fields.get("activities"), game) {
        (Some(Value::Array(activities)), _) => activities.iter().try_for_each(check_activity),
        (None | Some(Value::Null), None | Some(Value::Null)) => {
            if game.is_none() {
                fields.report(PRESENCE_WITHOUT_ACTIVITIES);
            }
            Ok(())
        }
        (None | Some(Value::Null), Some(game)) => check_activity(game),
        (Some(_), _) => Err(Malformed),
    }
}

/// An activity of the bot.
#[derive(Deserialize)]
struct Activity {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "type")]
    _kind: u64,
}

fn check_activity(activity: &Value) -> Result<(), Malformed> {
    Activity::deserialize(activity)
        .map(|_| ())
        .map_err(|_| Malformed)
}
