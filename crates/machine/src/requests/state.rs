//! How far a request is.

use std::time::Instant;

/// How far a request is, as its caller can see.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestState {
    /// Waits for the session and the send limit, as a command does.
    Queued,
    /// Waits because the gateway takes no such request before this time (P25): all members of a guild
    /// were asked for a moment ago, or it answered RATE_LIMITED.
    Paced {
        /// When it may be sent; not before.
        until: Instant,
    },
    /// Sent; nothing has come yet.
    Sent,
    /// A part of the answer has come.
    Receiving,
    /// Over: the handle still has what was not taken, and the error if there is one.
    Ended,
}
