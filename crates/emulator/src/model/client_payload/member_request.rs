//! Op 8.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Snowflake,
    fields::{Fields, Malformed},
};
use crate::{
    finding::FindingKind,
    rule_table::{GUILDS_IN_A_LIST, NULL_IN_MEMBER_REQUEST, QUERY_WITHOUT_LIMIT},
};

/// Op 8 ([P24](gloaming_protocol::rules#p24)).
#[derive(Debug)]
pub(crate) struct RequestGuildMembers {
    pub(crate) guild_id: Snowflake,
    pub(crate) members: RequestedMembers,
    pub(crate) presences: bool,
    pub(crate) nonce: Option<String>,
}

/// The members that an op 8 requests.
#[derive(Debug)]
pub(crate) enum RequestedMembers {
    /// Those whose names begin with a text.
    Query {
        prefix: String,
        limit: u64,
    },
    Users(Vec<Snowflake>),
}

impl RequestGuildMembers {
    pub(crate) fn read(d: &Value, findings: &mut Vec<FindingKind>) -> Result<Self, Malformed> {
        let mut fields = Fields::of(d, findings)?;
        let guild_id = match fields.required("guild_id")? {
            OneOrMany::One(id) => id,
            OneOrMany::Many(ids) => {
                let [id] = ids[..] else {
                    return Err(Malformed);
                };
                fields.report(GUILDS_IN_A_LIST);
                id
            }
        };
        let query: Option<String> = fields.optional("query", NULL_IN_MEMBER_REQUEST)?;
        let limit: Option<u64> = fields.optional("limit", NULL_IN_MEMBER_REQUEST)?;
        let user_ids: Option<OneOrMany> = fields.optional("user_ids", NULL_IN_MEMBER_REQUEST)?;
        let members = match (query, user_ids) {
            (Some(prefix), None) => {
                if fields.get("limit").is_none() {
                    fields.report(QUERY_WITHOUT_LIMIT);
                }
                RequestedMembers::Query {
                    prefix,
                    limit: limit.unwrap_or_default(),
                }
            }
            (None, Some(ids)) => RequestedMembers::Users(ids.into_vec()),
            _ => return Err(Malformed),
        };
        let presences: Option<bool> = fields.optional("presences", NULL_IN_MEMBER_REQUEST)?;
        Ok(Self {
            guild_id,
            members,
            presences: presences.unwrap_or_default(),
            nonce: fields.optional("nonce", NULL_IN_MEMBER_REQUEST)?,
        })
    }
}

/// One id or a list of ids.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Snowflake),
    Many(Vec<Snowflake>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<Snowflake> {
        match self {
            Self::One(id) => vec![id],
            Self::Many(ids) => ids,
        }
    }
}
