use crate::limits::{LARGE_THRESHOLD, MAX_COMMAND_BYTES, MAX_NONCE_BYTES, MAX_REQUESTED_USERS};
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a payload can't be sent.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The payload has more than [`MAX_COMMAND_BYTES`] ([P21](crate::rules#p21)).
    TooLarge {
        /// The size of the payload, in bytes.
        bytes: usize,
    },
    /// The nonce has more than [`MAX_NONCE_BYTES`]. The gateway would ignore it without an error
    /// ([P24](crate::rules#p24)).
    NonceTooLong {
        /// The size of the nonce, in bytes.
        bytes: usize,
    },
    /// A request for guild members names more than [`MAX_REQUESTED_USERS`] ([P24](crate::rules#p24)).
    TooManyUsers {
        /// The number of users.
        users: usize,
    },
    /// The large threshold is not in [`LARGE_THRESHOLD`] ([P10](crate::rules#p10)).
    LargeThreshold {
        /// The threshold, in members.
        threshold: u64,
    },
    /// A request names no guild.
    NoGuild,
    /// A request names no field.
    NoField,
    /// A request for guild members has neither users nor a query with its limit.
    NoMember,
    /// The text is no payload: no object of JSON with `op` and `d`.
    NotAPayload,
    /// The payload is not one that a bot sends by its own decision.
    NotACommand {
        /// Its opcode.
        op: u64,
    },
    /// A documented member of `d` is missing, or has another type. The source says which.
    Malformed,
    /// The value can't be represented in JSON.
    Serialize,
}

/// A payload that can't be sent. The caller is at fault, and nothing was sent.
#[derive(Debug)]
pub struct EncodeError {
    kind: EncodeErrorKind,
    source: Option<serde_json::Error>,
}

impl EncodeError {
    pub(crate) const fn new(kind: EncodeErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) const fn serialize(source: serde_json::Error) -> Self {
        Self {
            kind: EncodeErrorKind::Serialize,
            source: Some(source),
        }
    }

    pub(crate) const fn malformed(source: serde_json::Error) -> Self {
        Self {
            kind: EncodeErrorKind::Malformed,
            source: Some(source),
        }
    }

    /// The kind of error.
    #[must_use]
    pub const fn kind(&self) -> EncodeErrorKind {
        self.kind
    }
}

impl Display for EncodeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            EncodeErrorKind::TooLarge { bytes } => write!(
                f,
                "the payload has {bytes} bytes but the gateway accepts at most {MAX_COMMAND_BYTES}; send less at a time"
            ),
            EncodeErrorKind::NonceTooLong { bytes } => write!(
                f,
                "the nonce has {bytes} bytes but the gateway accepts at most {MAX_NONCE_BYTES}; use a shorter one"
            ),
            EncodeErrorKind::TooManyUsers { users } => write!(
                f,
                "the request names {users} users but may name at most {MAX_REQUESTED_USERS}; split it"
            ),
            EncodeErrorKind::LargeThreshold { threshold } => write!(
                f,
                "a large threshold of {threshold} is not in the range of {} to {}; choose one in the range",
                LARGE_THRESHOLD.start(),
                LARGE_THRESHOLD.end()
            ),
            EncodeErrorKind::NoGuild => {
                f.write_str("the request names no guild; name at least one")
            }
            EncodeErrorKind::NoField => {
                f.write_str("the request names no field; name at least one")
            }
            EncodeErrorKind::NoMember => f.write_str(
                "the request names neither users nor a query with a limit; name one of them",
            ),
            EncodeErrorKind::NotAPayload => {
                f.write_str("the text is no object of json with `op` and `d`; send one")
            }
            EncodeErrorKind::NotACommand { op } => write!(
                f,
                "op {op} is no command; the commands are op 3, 4, 8, 31 and 43"
            ),
            EncodeErrorKind::Malformed => f.write_str(
                "`d` is not as Discord documents it for this command; compare it with the documentation",
            ),
            EncodeErrorKind::Serialize => {
                f.write_str("the value can't be represented in json; check its types")
            }
        }
    }
}

impl Error for EncodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
