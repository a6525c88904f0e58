use crate::limits::{LARGE_THRESHOLD, MAX_COMMAND_BYTES, MAX_NONCE_BYTES, MAX_REQUESTED_USERS};
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why something can't be sent.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The payload has over [`MAX_COMMAND_BYTES`] (P21).
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// The nonce has over [`MAX_NONCE_BYTES`]; the gateway would drop it in silence (P24).
    NonceTooLong {
        /// Its size in bytes.
        bytes: usize,
    },
    /// A request for guild members names over [`MAX_REQUESTED_USERS`] (P24).
    TooManyUsers {
        /// How many it names.
        users: usize,
    },
    /// The threshold is not in [`LARGE_THRESHOLD`] (P10).
    LargeThreshold {
        /// What was given, in members.
        threshold: u64,
    },
    /// A request names no guild.
    NoGuild,
    /// A request names no field.
    NoField,
    /// The value has no JSON.
    Serialize,
}

/// Something that can't be sent, refused before a byte is on the wire: the caller's fault.
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

    /// What is wrong.
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
                "the payload has {bytes} bytes and the gateway takes at most {MAX_COMMAND_BYTES}; send less at a time"
            ),
            EncodeErrorKind::NonceTooLong { bytes } => write!(
                f,
                "the nonce has {bytes} bytes and the gateway keeps at most {MAX_NONCE_BYTES}; use a shorter one"
            ),
            EncodeErrorKind::TooManyUsers { users } => write!(
                f,
                "the request names {users} users and may name at most {MAX_REQUESTED_USERS}; split it"
            ),
            EncodeErrorKind::LargeThreshold { threshold } => write!(
                f,
                "a large threshold of {threshold} is outside of {} to {}; choose one inside",
                LARGE_THRESHOLD.start(),
                LARGE_THRESHOLD.end()
            ),
            EncodeErrorKind::NoGuild => {
                f.write_str("the request names no guild; name at least one")
            }
            EncodeErrorKind::NoField => {
                f.write_str("the request names no field; name at least one")
            }
            EncodeErrorKind::Serialize => {
                f.write_str("the value can't be written as json; check what it is made of")
            }
        }
    }
}

impl Error for EncodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
