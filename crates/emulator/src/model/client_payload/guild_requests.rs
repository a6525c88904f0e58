//! Op 31 and op 43.

use serde::Deserialize;

use super::Snowflake;

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
