//! Why a request is not answered.

use crate::machine::CommandOutcome;
use gloaming_protocol::limits::MAX_NONCE_BYTES;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// Why a request ended without its whole answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestErrorKind {
    /// Nothing came for this long: the gateway does not know the guild or does not answer, or the
    /// consumer takes so little that the shard does not read.
    Silent {
        /// Since the request was sent, or the last part of its answer came.
        waited: Duration,
    },
    /// It was never sent, for this reason.
    NotSent(CommandOutcome),
    /// The gateway holds back requests like this one (P25), longer or more often than
    /// [`RequestPolicy`](super::RequestPolicy) allows to wait.
    RateLimited {
        /// How long it says to wait.
        retry_after: Duration,
    },
    /// The session that was asked has been replaced, and the rest of the answer went with it. Ask again.
    SessionReplaced,
    /// The caller did not take its chunks, and
    /// [`buffered_chunks`](super::RequestPolicy::buffered_chunks) were kept already.
    Overrun,
    /// Another open request has this nonce. Choose another, or leave it to the shard.
    NonceInUse,
    /// A part of the answer does not fit its type; the source has its raw JSON.
    Undecodable,
    /// The shard has stopped or was dropped.
    Closed,
}

impl Display for RequestErrorKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Silent { waited } => write!(
                f,
                "the gateway did not answer within {waited:?}; is the bot in that guild, and are the \
                 shard's items being taken?"
            ),
            Self::NotSent(CommandOutcome::Expired) => {
                f.write_str("the request waited too long to be sent; ask for less at a time")
            }
            Self::NotSent(outcome) => {
                write!(f, "the request was not sent: {outcome:?}")
            }
            Self::RateLimited { retry_after } => write!(
                f,
                "the gateway holds back requests like this one; ask again in {retry_after:?}"
            ),
            Self::SessionReplaced => {
                f.write_str("a new session began in the middle of the answer; ask again")
            }
            Self::Overrun => f.write_str(
                "the answer was not taken as fast as it came; take it, or keep more of it",
            ),
            Self::NonceInUse => write!(
                f,
                "another open request has this nonce; choose another of at most {MAX_NONCE_BYTES} bytes"
            ),
            Self::Undecodable => f.write_str("the answer does not fit its type"),
            Self::Closed => f.write_str("the shard has stopped"),
        }
    }
}
