//! What goes into the gateway and what comes out.

use std::{fmt, sync::Arc};

use super::{
    payload_text::{DispatchBatch, Payload},
    query::Compression,
};
use crate::scenario::Impairment;

/// A connection, numbered by whoever drives the gateway. A number is not used twice.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
pub struct ConnectionId(pub u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection {}", self.0)
    }
}

/// Which of the gateway's hosts a client connected to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Host {
    /// The one that REST names (P2).
    Main,
    /// The one that READY names for resuming (P14).
    Resume,
}

/// What is known of a connection once its WebSocket handshake is done.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// The request's query string, without the question mark.
    pub query: String,
    /// The host that was connected to.
    pub host: Host,
    /// The `resume_gateway_url` that READY gives to this client.
    pub resume_url: Arc<str>,
}

/// Something that happened to a connection.
#[derive(Clone)]
#[non_exhaustive]
pub enum Input<'a> {
    /// It was opened.
    Opened(Handshake),
    /// The client sent a text message.
    Text(&'a str),
    /// The client sent a binary message, which is no way to send JSON.
    Binary(&'a [u8]),
    /// Everything that was sent to it has left the queue: there is room for more. Whoever drives the gateway says so
    /// each time; GUILD_CREATEs, replays and load go out in portions, one per `Drained`.
    Drained,
    /// It is gone: with the code of the client's close frame, or without one.
    Closed {
        /// The close frame's code.
        code: Option<u16>,
    },
}

/// What the client sent may hold its token, and is not shown.
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

/// Something to do to a connection.
#[derive(Clone, Debug)]
pub struct Output {
    /// Which connection.
    pub connection: ConnectionId,
    /// What to do.
    pub operation: Operation,
}

/// What to do to a connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Operation {
    /// Compress all that follows this way. Said at most once of a connection.
    Compress(Compression),
    /// Send a payload.
    Send(Payload),
    /// Send many payloads.
    SendBatch(DispatchBatch),
    /// What is sent from here on suffers on the way. A driver without a way to do so may leave it.
    Impair(Impairment),
    /// Send a close frame, after all that was to be sent before. Only [`Input::Closed`] is heard from then on.
    Close {
        /// The code.
        code: u16,
        /// The reason, in words.
        reason: &'static str,
    },
    /// Cut the connection without a close frame. Only [`Input::Closed`] is heard from then on.
    Drop,
}
