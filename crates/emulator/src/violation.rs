//! Violations of the gateway protocol.

use serde::{Serialize, Serializer};

use crate::connection::ConnectionId;

/// A violation of the gateway protocol by a client.
///
/// Discord's response to a violation (a close code, op 9 or nothing) seldom tells which rule was broken. The emulator
/// responds in the same way and reports the rule here. [`FINDING_KINDS`](crate::FINDING_KINDS) lists all kinds that it
/// detects.
///
/// As JSON: `{"rule": "P13", "detail": "…", "connection": 4, "shard": [0, 1],
/// "response": {"close": 4003}}`. The response may also be `"recorded"` or `"invalid session"`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Violation {
    /// The number of the rule, for example [`P11`](gloaming_protocol::rules#p11).
    pub rule: &'static str,
    /// What the client did. Never contains what the client sent, which might be a token.
    pub detail: String,
    /// The connection.
    pub connection: ConnectionId,
    /// The `[id, count]` of the shard, if the client had identified or resumed.
    pub shard: Option<[u32; 2]>,
    /// How the gateway responded.
    pub response: ViolationResponse,
}

/// How the gateway responded to a [`Violation`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ViolationResponse {
    /// It only recorded the violation.
    Recorded,
    /// It sent op 9.
    InvalidSession,
    /// It closed the connection with this code.
    Closed(u16),
}

impl Serialize for ViolationResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Recorded => serializer.serialize_str("recorded"),
            Self::InvalidSession => serializer.serialize_str("invalid session"),
            Self::Closed(code) => serializer.collect_map([("close", code)]),
        }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} ({}", self.rule, self.detail, self.connection)?;
        if let Some([id, count]) = self.shard {
            write!(f, ", shard {id} of {count}")?;
        }
        match self.response {
            ViolationResponse::Recorded => f.write_str(")"),
            ViolationResponse::InvalidSession => f.write_str(", answered with op 9)"),
            ViolationResponse::Closed(code) => write!(f, ", closed with {code})"),
        }
    }
}
