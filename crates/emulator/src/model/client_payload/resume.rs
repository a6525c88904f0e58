//! Op 6.

use serde::Deserialize;

/// Op 6 ([P14](gloaming_protocol::rules#p14)).
#[derive(Deserialize)]
pub(crate) struct Resume {
    pub(crate) token: String,
    pub(crate) session_id: String,
    pub(crate) seq: u64,
}
