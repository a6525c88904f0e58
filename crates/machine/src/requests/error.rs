//! Why a request ends without all of its replies.

use crate::CommandOutcome;
use gloaming_protocol::limits::MAX_NONCE_BYTES;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// Why a request ended without all of its replies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestErrorKind {
    /// No reply arrived for this long: the gateway does not know the guild or does not reply, or the shard does not
    /// read because its items are not taken.
    Silent {
        /// The time since the request was sent, or since its last reply.
        waited: Duration,
    },
    /// The request was never sent, for this reason.
    NotSent(CommandOutcome),
    /// The gateway rate limits requests like this one ([P25](gloaming_protocol::rules#p25)), longer or more
    /// often than [`RequestPolicy`](super::RequestPolicy) allows.
    RateLimited {
        /// How long the gateway asks to wait.
        retry_after: Duration,
    },
    /// The session was replaced by a new one, and the outstanding replies are lost with it. Send the request again.
    SessionReplaced,
    /// The caller did not take its replies, and
    /// [`buffered_chunks`](super::RequestPolicy::buffered_chunks) were buffered already.
    Overrun,
    /// Another open request has this nonce. Choose another nonce, or let the shard choose one.
    NonceInUse,
    /// A reply does not fit its type. The error's source has its raw JSON.
    Undecodable,
    /// The shard has stopped or was dropped.
    Closed,
}

impl Display for RequestErrorKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Silent { waited } => write!(
                f,
                "the gateway did not reply within {} s; check that the bot is in the guild and that the shard's \
                 items are taken",
                waited.as_secs()
            ),
            Self::NotSent(CommandOutcome::Expired) => {
                f.write_str("the request waited too long to be sent; send fewer requests at a time")
            }
            Self::NotSent(CommandOutcome::TooLarge) => {
                write!(f, "the request is {}; request less at a time", CommandOutcome::TooLarge)
            }
            Self::NotSent(outcome) => {
                write!(f, "the request was not sent: {outcome}; send it again")
            }
            Self::RateLimited { retry_after } => write!(
                f,
                "the gateway rate limits this request; retry in {} s",
                retry_after.as_secs_f64()
            ),
            Self::SessionReplaced => f.write_str(
                "a new session began before all replies arrived; send the request again",
            ),
            Self::Overrun => f.write_str(
                "the replies were not taken as fast as they arrived; raise `RequestPolicy::buffered_chunks`, or \
                 take them sooner",
            ),
            Self::NonceInUse => write!(
                f,
                "another open request has this nonce; choose another one of at most {MAX_NONCE_BYTES} bytes"
            ),
            Self::Undecodable => f.write_str(
                "a reply of the gateway does not fit its type; the source of this error has its json",
            ),
            Self::Closed => f.write_str("the shard has stopped; start another shard to send requests"),
        }
    }
}
