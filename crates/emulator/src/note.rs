//! Notes: deviations from the documentation that Discord accepts.

use std::fmt;

use serde::Serialize;

use crate::connection::ConnectionId;

/// A deviation of a client from the documentation that Discord is known to accept.
///
/// Libraries in wide use send it by default, so it breaks no bot today. The connection goes on as if the client had
/// sent what the documentation says. A client is noted once per connection for each kind of deviation.
/// [`FINDING_KINDS`](crate::FINDING_KINDS) lists all kinds, and why each is a note.
///
/// As JSON: `{"rule": "P27", "detail": "…", "connection": 4, "shard": [0, 1]}`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// The number of the rule, for example [`P27`](gloaming_protocol::rules#p27).
    pub rule: &'static str,
    /// What the client did. Never contains what the client sent, which might be a token.
    pub detail: String,
    /// The connection.
    pub connection: ConnectionId,
    /// The `[id, count]` of the shard, if the client had identified or resumed.
    pub shard: Option<[u32; 2]>,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}", self.rule, self.detail, self.connection)?;
        if let Some([id, count]) = self.shard {
            write!(f, ", shard {id} of {count}")?;
        }
        f.write_str(")")
    }
}
