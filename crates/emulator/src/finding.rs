//! What the gateway finds in what clients send.

use std::fmt;

use crate::violation::ViolationResponse;

/// A kind of deviation from the documentation that the gateway detects, and what comes of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FindingKind {
    /// The number of the rule, for example [`P11`](gloaming_protocol::rules#p11).
    pub rule: &'static str,
    /// What the client did.
    pub detail: &'static str,
    /// What comes of it.
    pub outcome: Outcome,
    /// What the documentation says, and for a note, why Discord is known to accept the deviation.
    pub reason: &'static str,
}

/// What comes of a finding.
///
/// It is displayed in words: `enforced: closed with 4002`, `enforced: op 9`, `violation` or `note`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// Discord closes the connection with this code, and so does the gateway. It is reported as a
    /// [`Violation`](crate::Violation).
    Closed(u16),
    /// Discord answers with op 9, and so does the gateway. It is reported as a [`Violation`](crate::Violation).
    InvalidSession,
    /// The documentation forbids it, and the connection goes on. It is reported as a
    /// [`Violation`](crate::Violation).
    Violation,
    /// Discord is known to accept it: libraries in wide use send it. It is reported as a [`Note`](crate::Note), and
    /// the connection goes on.
    Note,
}

impl Outcome {
    /// The response of the gateway, if the finding is a violation.
    #[must_use]
    pub const fn response(self) -> Option<ViolationResponse> {
        match self {
            Self::Closed(code) => Some(ViolationResponse::Closed(code)),
            Self::InvalidSession => Some(ViolationResponse::InvalidSession),
            Self::Violation => Some(ViolationResponse::Recorded),
            Self::Note => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(code) => write!(f, "enforced: closed with {code}"),
            Self::InvalidSession => f.write_str("enforced: op 9"),
            Self::Violation => f.write_str("violation"),
            Self::Note => f.write_str("note"),
        }
    }
}
