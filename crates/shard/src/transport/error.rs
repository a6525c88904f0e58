//! The error of an open connection.

use std::{
    error::Error,
    fmt::{Display, Formatter, Result as FmtResult},
};

/// An open connection failed.
///
/// The connection is unusable afterwards; a shard reconnects and resumes.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The reason why an open connection failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// Reading or writing failed (network). The source is the error of the operating system or of the TLS
    /// library.
    Io,
    /// The server sent a message over the connection's size limit (peer or configuration).
    MessageTooLong {
        /// The size of the message as far as known, in bytes.
        bytes: usize,
        /// The largest accepted size, in bytes.
        limit: usize,
    },
    /// The server sent a text message that is not UTF-8 (peer).
    InvalidUtf8,
    /// The server violated the WebSocket protocol in another way (peer).
    Protocol,
    /// A frame was sent while the write buffer was full (caller).
    WriteBufferFull,
    /// A frame was sent after a close frame, or after the connection ended (caller).
    SendAfterClose,
    /// The code of a close frame may not be sent (caller): RFC 6455 section 7.4 allows 1000 to 1003, 1007
    /// to 1014 and 3000 to 4999.
    UnsendableCloseCode(u16),
}

impl TransportErrorKind {
    /// The code that tells the server what is wrong with its frames (RFC 6455 section 7.4.1). `None` if nothing is.
    ///
    /// None of them ends the session, as 1000 and 1001 would.
    pub(super) const fn close_code(self) -> Option<u16> {
        match self {
            Self::Protocol => Some(1002),
            Self::InvalidUtf8 => Some(1007),
            Self::MessageTooLong { .. } => Some(1009),
            Self::Io
            | Self::WriteBufferFull
            | Self::SendAfterClose
            | Self::UnsendableCloseCode(_) => None,
        }
    }
}

impl TransportError {
    /// Creates an error of this kind, without source.
    #[must_use]
    pub const fn new(kind: TransportErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Sets the source.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl Display for TransportError {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match self.kind {
            TransportErrorKind::Io => f.write_str(
                "the connection to the gateway broke; check the network if this happens often",
            ),
            TransportErrorKind::MessageTooLong { bytes, limit } => write!(
                f,
                "the server sent a message of at least {bytes} bytes, over the limit of {limit}; raise \
                 the limit if the server is trusted"
            ),
            TransportErrorKind::InvalidUtf8 => f.write_str(
                "the server sent a text message that is not utf-8; check proxies in between",
            ),
            TransportErrorKind::Protocol => {
                f.write_str("the server violated the websocket protocol; check proxies in between")
            }
            TransportErrorKind::WriteBufferFull => f.write_str(
                "a frame was sent while the write buffer was full; call poll_ready first",
            ),
            TransportErrorKind::SendAfterClose => f.write_str(
                "a frame was sent after the connection was closed; connect again to send more",
            ),
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
