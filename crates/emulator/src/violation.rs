//! What a client did that the protocol forbids.

use serde::{Serialize, Serializer};

use crate::model::ConnectionId;

/// A rule of the gateway protocol that a client broke.
///
/// The emulator answers as Discord does and keeps this for the test to look at, since Discord's own answer (a close
/// code, op 9 or silence) seldom says which rule it was. What is noticed stands in one table, [`VIOLATION_KINDS`](crate::VIOLATION_KINDS).
/// As JSON: `{"rule": "P13", "detail": "…", "connection": 4, "shard": [0, 1], "response": {"close": 4003}}`; the response may
/// be `"recorded"` or `"invalid session"` too.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Violation {
    /// The rule's number, for example `P11`.
    pub rule: &'static str,
    /// What the client did, in words. Never holds what the client sent: that might be a token.
    pub detail: String,
    /// On which connection.
    pub connection: ConnectionId,
    /// The `[id, count]` of the shard, if it had said so.
    pub shard: Option<[u32; 2]>,
    /// How the gateway answered.
    pub response: ViolationResponse,
}

/// How the gateway answered a [`Violation`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ViolationResponse {
    /// Not at all: it was only noted.
    Recorded,
    /// With op 9, invalid session.
    InvalidSession,
    /// By closing the connection with this code.
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
