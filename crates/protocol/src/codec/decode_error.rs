use super::Compression;
use crate::box_error::BoxError;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a message could not be decoded.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The requested compression is not compiled in. The caller is at fault, unlike with all other kinds.
    Unavailable {
        /// The requested compression.
        compression: Compression,
    },
    /// The connection's stream does not start with a header of the requested compression.
    InvalidHeader,
    /// The compressed data is corrupt.
    Corrupt,
    /// A compressed message is incomplete.
    Truncated,
    /// The connection's zlib stream ended, which it should not do before the connection.
    StreamEnded,
    /// A message is larger than [`DecoderLimits`](super::DecoderLimits) allows ([P31](crate::rules#p31)).
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The connection's zstd stream needs a window larger than
    /// [`MAX_ZSTD_WINDOW_LOG`](crate::limits::MAX_ZSTD_WINDOW_LOG) allows ([P31](crate::rules#p31)).
    WindowTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A message is not valid UTF-8.
    InvalidUtf8,
    /// A binary message arrived on a connection without compression.
    UnexpectedBinary,
    /// An earlier error invalidated the connection's context.
    ContextLost,
}

/// A message that could not be decoded. The peer is at fault.
///
/// With a compressed stream, the first error makes the connection unusable: reconnect, resume, and
/// [`reset`](super::Decoder::reset) the decoder.
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

    /// The kind of error.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Returns the cause, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// Returns the kind and the cause.
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
                "{compression} compression is not compiled in; choose another compression or enable its feature"
            ),
            DecodeErrorKind::InvalidHeader => f.write_str(
                "the gateway's stream does not start with a header of the requested compression; reconnect and resume",
            ),
            DecodeErrorKind::Corrupt => {
                f.write_str("the gateway sent corrupt compressed data; reconnect and resume")
            }
            DecodeErrorKind::Truncated => f.write_str(
                "the gateway sent an incomplete compressed message; reconnect and resume",
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
                f.write_str("the gateway sent a message that is not valid utf-8; reconnect and resume")
            }
            DecodeErrorKind::UnexpectedBinary => f.write_str(
                "the gateway sent a binary message on a connection without compression; check that the url requests the decoder's compression and reconnect",
            ),
            DecodeErrorKind::ContextLost => f.write_str(
                "an earlier error invalidated the decoder's context; reconnect and reset the decoder",
            ),
        }
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
