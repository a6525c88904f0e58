//! A session as tests see it.

use twilight_model::gateway::Intents;

use crate::{compression::Compression, connection::ConnectionId, encoding::Encoding};

/// A session that exists.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct SessionInfo {
    /// The session id, as given in READY.
    pub id: String,
    /// The shard, `[id, count]`.
    pub shard: [u32; 2],
    /// The intents of its IDENTIFY.
    pub intents: Intents,
    /// The connection that it has now.
    pub connection: Option<ConnectionId>,
    /// The encoding of that connection.
    pub encoding: Option<Encoding>,
    /// The compression of that connection.
    pub compression: Option<Compression>,
    /// The sequence of the session's last dispatch, whether or not it was sent.
    pub sequence: u64,
}
