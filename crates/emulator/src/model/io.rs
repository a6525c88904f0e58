//! The inputs and outputs of the gateway.

use std::{borrow::Cow, fmt};

use crate::{
    compression::Compression,
    connection::{ConnectionId, Handshake},
    encoding::Encoding,
    payload::Payload,
    scenario::Impairment,
    traffic::DispatchBatch,
};

/// An event on a connection.
#[derive(Clone)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The connection was opened.
    Opened(Handshake),
    /// The client sent a text message. With ETF, this is a violation.
    Text(&'a str),
    /// The client sent a binary message. With JSON, this is a violation.
    Binary(&'a [u8]),
    /// Everything that was sent on the connection has been written. The driver has to report this each time:
    /// GUILD_CREATEs, replays and load are sent in portions, one per `Drained`.
    Drained,
    /// The connection has ended, with the code of the client's close frame or without a close frame.
    Closed {
        /// The code of the close frame.
        code: Option<u16>,
    },
}

/// Omits what the client sent: it may contain the token.
impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened(handshake) => f.debug_tuple("Opened").field(handshake).finish(),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
            Self::Drained => f.write_str("Drained"),
            Self::Closed { code } => f.debug_struct("Closed").field("code", code).finish(),
        }
    }
}

/// An operation for the driver to perform on a connection.
#[derive(Clone, Debug)]
pub struct Output {
    /// The connection.
    pub connection: ConnectionId,
    /// The operation.
    pub operation: Operation,
}

/// What the driver has to do with a connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Operation {
    /// Encode everything that follows, which is JSON otherwise. Occurs at most once per connection, before the first
    /// payload.
    Encode(Encoding),
    /// Compress everything that follows. Occurs at most once per connection.
    Compress(Compression),
    /// Send a payload.
    Send(Payload),
    /// Send a batch of dispatches.
    SendBatch(DispatchBatch),
    /// Impair everything that follows. A driver that can't do so may ignore it.
    Impair(Impairment),
    /// Send a close frame after everything that was sent before. The gateway then ignores every input of the connection
    /// but [`Input::Closed`].
    Close {
        /// The code.
        code: u16,
        /// The reason, of at most 123 bytes.
        reason: Cow<'static, str>,
    },
    /// Drop the connection without a close frame. The gateway then ignores every input of the connection but
    /// [`Input::Closed`].
    Drop,
}
