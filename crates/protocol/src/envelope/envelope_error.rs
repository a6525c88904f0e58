use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a text is no gateway payload.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EnvelopeErrorKind {
    /// The text ends in the middle, or holds more than one object.
    Incomplete,
    /// The text is no JSON object.
    Syntax,
    /// There is no `op`.
    MissingOp,
    /// `op` is no whole number from zero up.
    InvalidOp,
    /// `s` is neither null nor a whole number from zero up.
    InvalidSequence,
    /// `t` is neither null nor a string.
    InvalidName,
}

/// A text that is no gateway payload: the peer's fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EnvelopeError {
    kind: EnvelopeErrorKind,
    position: usize,
}

impl EnvelopeError {
    pub(crate) const fn new(kind: EnvelopeErrorKind, position: usize) -> Self {
        Self { kind, position }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> EnvelopeErrorKind {
        self.kind
    }

    /// Where it is wrong: an offset into the text, in bytes.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl Display for EnvelopeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            EnvelopeErrorKind::Incomplete => "is not one whole json object",
            EnvelopeErrorKind::Syntax => "is no json object",
            EnvelopeErrorKind::MissingOp => "has no `op`",
            EnvelopeErrorKind::InvalidOp => "has an `op` that is no whole number",
            EnvelopeErrorKind::InvalidSequence => "has an `s` that is no whole number",
            EnvelopeErrorKind::InvalidName => "has a `t` that is no string",
        };
        write!(
            f,
            "the gateway sent a payload that {what} (at byte {}); reconnect and resume",
            self.position
        )
    }
}

impl Error for EnvelopeError {}
