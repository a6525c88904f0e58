//! How far a request is.

use std::time::Instant;

/// How far a request is, as its caller sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestState {
    /// The request waits for the session and the send limit, as a command does.
    Queued,
    /// The request waits because the gateway does not accept it before this time
    /// ([P25](gloaming_protocol::rules#p25)): the full member list of the guild was requested shortly before,
    /// or the gateway replied RATE_LIMITED.
    Paced {
        /// The earliest time at which it is sent.
        until: Instant,
    },
    /// The request was sent. No reply has arrived yet.
    Sent,
    /// Part of the replies arrived.
    Receiving,
    /// The request ended. Its handle still has the replies that were not taken, and the error if there is one.
    Ended,
}
