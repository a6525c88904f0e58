//! Whether the driver has read everything that arrived.

use std::time::Instant;

/// Whether everything that the server sent has been read.
///
/// While a slow consumer holds the shard back, ACKs and replies sit unread in the socket. Their absence then says
/// nothing about the connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reader {
    /// The socket had nothing more to read.
    CaughtUp,
    /// There may be a backlog.
    Backlogged { since: Instant },
}
