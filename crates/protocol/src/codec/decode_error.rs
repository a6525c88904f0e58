use super::Compression;
use crate::box_error::BoxError;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a frame could not be decoded.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The compression asked for is not compiled in; the caller's fault, like no other kind.
    Unavailable {
        /// What was asked for.
        compression: Compression,
    },
    /// The connection's stream does not start as one of its compression.
    Header,
    /// The compressed data is damaged.
    Corrupt,
    /// A compressed message ends in the middle.
    Torn,
    /// The connection's zlib stream ended, which it never does.
    StreamEnded,
    /// A message is larger than [`DecoderLimits`](crate::DecoderLimits) allows (P31).
    TooLarge {
        /// What is allowed, in bytes.
        limit: usize,
    },
    /// The connection's zstd stream wants to refer further back than is allowed.
    WindowTooLarge {
        /// What is allowed, in bytes.
        limit: usize,
    },
    /// A message is no UTF-8.
    InvalidUtf8,
    /// A binary frame on a connection without compression.
    UnexpectedBinary,
    /// The context was lost with an earlier error.
    ContextLost,
}

/// A frame that could not be decoded: the peer's fault.
///
/// A connection with a compressed stream is lost with the first: reconnect, resume, and
/// [`reset`](crate::Decoder::reset) the decoder.
#[derive(Debug)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    source: Option<BoxError>,
}

impl DecodeError {
    pub(crate) const fn new(kind: DecodeErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn caused_by(kind: DecodeErrorKind, source: impl Into<BoxError>) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// The cause, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// What is wrong, and the cause.
    #[must_use]
    pub fn into_parts(self) -> (DecodeErrorKind, Option<Box<dyn Error + Send + Sync>>) {
        (self.kind, self.source)
    }
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            DecodeErrorKind::Unavailable { compression } => write!(
                f,
                "{compression} compression is not compiled in; choose another or enable its feature"
            ),
            DecodeErrorKind::Header => f.write_str(
                "the gateway's stream does not start as one of the compression asked for; reconnect and resume",
            ),
            DecodeErrorKind::Corrupt => {
                f.write_str("the gateway sent damaged compressed data; reconnect and resume")
            }
            DecodeErrorKind::Torn => f.write_str(
                "the gateway sent a compressed message that ends in the middle; reconnect and resume",
            ),
            DecodeErrorKind::StreamEnded => {
                f.write_str("the gateway ended its compressed stream; reconnect and resume")
            }
            DecodeErrorKind::TooLarge { limit } => write!(
                f,
                "the gateway sent a message over the limit of {limit} bytes; reconnect, or raise the decoder's limit"
            ),
            DecodeErrorKind::WindowTooLarge { limit } => write!(
                f,
                "the gateway's zstd stream needs a window over the limit of {limit} bytes; reconnect with another compression"
            ),
            DecodeErrorKind::InvalidUtf8 => {
                f.write_str("the gateway sent a message that is no utf-8; reconnect and resume")
            }
            DecodeErrorKind::UnexpectedBinary => f.write_str(
                "the gateway sent a binary frame on a connection without compression; reconnect with the url of gateway_url",
            ),
            DecodeErrorKind::ContextLost => f.write_str(
                "the decoder lost its context with an earlier error; reconnect and reset it",
            ),
        }
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
