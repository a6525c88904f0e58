use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a text is not a gateway payload.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EnvelopeErrorKind {
    /// The text is incomplete, or contains more than one object.
    Incomplete,
    /// The text is not a JSON object.
    Syntax,
    /// `op` is missing.
    MissingOp,
    /// `op` is not a non-negative integer.
    InvalidOp,
    /// `s` is neither null nor a non-negative integer.
    InvalidSequence,
    /// `t` is neither null nor a string.
    InvalidName,
}

/// A text that is not a gateway payload. The peer is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EnvelopeError {
    kind: EnvelopeErrorKind,
    position: usize,
}

impl EnvelopeError {
    pub(crate) const fn new(kind: EnvelopeErrorKind, position: usize) -> Self {
        Self { kind, position }
    }

    /// The kind of error.
    #[must_use]
    pub const fn kind(&self) -> EnvelopeErrorKind {
        self.kind
    }

    /// The position of the error: an offset in the text, in bytes.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl Display for EnvelopeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            EnvelopeErrorKind::Incomplete => "is not one complete json object",
            EnvelopeErrorKind::Syntax => "is not a json object",
            EnvelopeErrorKind::MissingOp => "has no `op`",
            EnvelopeErrorKind::InvalidOp => "has an `op` that is not an integer",
            EnvelopeErrorKind::InvalidSequence => "has an `s` that is not an integer",
            EnvelopeErrorKind::InvalidName => "has a `t` that is not a string",
        };
        write!(
            f,
            "the gateway sent a payload that {what} (at byte {}); reconnect and resume",
            self.position
        )
    }
}

impl Error for EnvelopeError {}
