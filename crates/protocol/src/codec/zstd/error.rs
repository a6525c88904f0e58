use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why data of a zstd stream can't be decompressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ZstdError {
    /// A frame starts with another number than that of zstd.
    Magic,
    /// A frame header has a bit that is reserved.
    FrameHeader,
    /// A frame needs a dictionary.
    Dictionary,
    /// A frame needs a window larger than the limit.
    WindowTooLarge,
    /// The input ends within a header, a block or a checksum.
    Truncated,
    /// A block has the type that does not exist.
    BlockType,
    /// A block is larger than the frame allows, or too small for what it has to contain.
    BlockSize,
    /// The sizes of a literals section contradict each other.
    LiteralsSize,
    /// A block repeats a Huffman code or a table, and there is none.
    NothingToRepeat,
    /// The weights of a Huffman code are invalid.
    HuffmanWeights,
    /// A Huffman code has more than 11 bits.
    HuffmanBits,
    /// A stream of literals is not read to exactly its end.
    LiteralsStream,
    /// The numbers of a table's description are invalid.
    TableDescription,
    /// A section of sequences is invalid before its bits.
    SequencesHeader,
    /// The bits of the sequences are not read to exactly their end.
    SequencesStream,
    /// Sequences use more literals than there are.
    NotEnoughLiterals,
    /// An offset reaches before the window or before the start of the frame.
    OffsetTooFar,
    /// The content of a frame has another size than its header says.
    ContentSize,
    /// The checksum of a frame does not match its content.
    Checksum,
    /// The message is larger than the limit.
    TooLarge,
}

impl Display for ZstdError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Magic => "unknown magic number",
            Self::FrameHeader => "a frame header has a reserved bit",
            Self::Dictionary => "a frame needs a dictionary",
            Self::WindowTooLarge => "a frame needs too large a window",
            Self::Truncated => "the input ends within a block or a header",
            Self::BlockType => "invalid block type",
            Self::BlockSize => "invalid size of a block",
            Self::LiteralsSize => "invalid size of literals",
            Self::NothingToRepeat => "a block repeats a table that does not exist",
            Self::HuffmanWeights => "invalid weights of a huffman code",
            Self::HuffmanBits => "a huffman code has more than 11 bits",
            Self::LiteralsStream => "a stream of literals does not end with its last literal",
            Self::TableDescription => "invalid description of a table",
            Self::SequencesHeader => "invalid header of sequences",
            Self::SequencesStream => "the bits of sequences do not end with the last sequence",
            Self::NotEnoughLiterals => "sequences use more literals than there are",
            Self::OffsetTooFar => "an offset reaches before the window",
            Self::ContentSize => "a frame has another size than its header says",
            Self::Checksum => "the checksum of a frame does not match",
            Self::TooLarge => "the message is larger than the limit",
        })
    }
}

impl Error for ZstdError {}
