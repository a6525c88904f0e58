use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why data can't be inflated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum InflateError {
    /// A block has the type that does not exist.
    BlockType,
    /// The length of a stored block does not match its complement.
    StoredLength,
    /// A block declares more codes than there are symbols.
    TooManyCodes,
    /// The code of the code lengths is incomplete or over-subscribed.
    CodeLengthCode,
    /// A repetition of code lengths has nothing to repeat or exceeds the number of codes.
    Repetition,
    /// A block has no code for its end.
    NoEndOfBlock,
    /// The code of literals and lengths is incomplete or over-subscribed.
    LiteralCode,
    /// The code of distances is incomplete or over-subscribed.
    DistanceCode,
    /// A code stands for no literal and no length.
    LiteralSymbol,
    /// A code stands for no distance.
    DistanceSymbol,
    /// A distance reaches before the start of the stream.
    DistanceTooFar,
    /// The message is larger than the limit.
    TooLarge,
}

impl Display for InflateError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BlockType => "invalid block type",
            Self::StoredLength => "the length of a stored block does not match its complement",
            Self::TooManyCodes => "a block declares too many codes",
            Self::CodeLengthCode => "invalid code of code lengths",
            Self::Repetition => "invalid repetition of a code length",
            Self::NoEndOfBlock => "a block has no code for its end",
            Self::LiteralCode => "invalid code of literals and lengths",
            Self::DistanceCode => "invalid code of distances",
            Self::LiteralSymbol => "invalid literal or length",
            Self::DistanceSymbol => "invalid distance",
            Self::DistanceTooFar => "a distance reaches before the start of the stream",
            Self::TooLarge => "the message is larger than the limit",
        })
    }
}

impl Error for InflateError {}
