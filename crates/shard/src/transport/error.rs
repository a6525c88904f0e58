//! What can go wrong on an open connection.

use std::{
    error::Error,
    fmt::{Display, Formatter, Result as FmtResult},
};

/// An open connection failed.
///
/// The connection is gone; a shard reconnects and resumes.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong on an open connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// Reading or writing failed. The source is the operating system's or the TLS library's error.
    Io,
    /// The server sent a message longer than this connection accepts.
    MessageTooLong {
        /// Bytes the message has at least.
        bytes: usize,
        /// Bytes a message may have.
        limit: usize,
    },
    /// The server sent a text message that is not UTF-8.
    InvalidUtf8,
    /// The server broke the WebSocket protocol in another way.
    Protocol,
    /// A frame was handed over while there was no room for it.
    WriteBufferFull,
    /// A frame was handed over after a close frame, or after the connection ended.
    SendAfterClose,
    /// A close frame was handed over whose code may not be sent (RFC 6455 section 7.4).
    UnsendableCloseCode(u16),
}

impl TransportError {
    /// An error of this kind.
    #[must_use]
    pub const fn new(kind: TransportErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl Display for TransportError {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match self.kind {
            TransportErrorKind::Io => f.write_str("the connection to the gateway failed"),
            TransportErrorKind::MessageTooLong { bytes, limit } => write!(
                f,
                "the server sent a message of {bytes} bytes or more, over the limit of {limit}; \
                 raise the limit if it is meant to"
            ),
            TransportErrorKind::InvalidUtf8 => {
                f.write_str("the server sent a text message that is not utf-8")
            }
            TransportErrorKind::Protocol => f.write_str("the server broke the websocket protocol"),
            TransportErrorKind::WriteBufferFull => {
                f.write_str("a frame was sent with no room for it; poll for room first")
            }
            TransportErrorKind::SendAfterClose => {
                f.write_str("a frame was sent after the connection was closed")
            }
            TransportErrorKind::UnsendableCloseCode(code) => write!(
                f,
                "close code {code} may not be sent; use 1000 to 1003, 1007 to 1014 or 3000 to 4999"
            ),
        }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
