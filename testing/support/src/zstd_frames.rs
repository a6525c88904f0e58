//! zstd frames that no compressor writes (RFC 8878): blocks of any kind, tables of any shape, and faults.

mod entropy;
mod sequences;

use self::entropy::{Fields, Huffman};
use self::sequences::Tables;
use crate::Random;
use crate::deflate::Faults;

/// What a frame starts with.
pub const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The most content of a block.
const MAX_BLOCK: usize = 128 * 1024;

/// What the built-in decompressor says of data that libzstd may accept, although RFC 8878 does not allow it.
///
/// libzstd does not check the end of four streams of literals. It accepts codes of 12 bits, offsets past the window while
/// it has the bytes, blocks without a section, descriptions that end after the block, and, in a frame that it
/// decompresses at once, any window and any size of a block. It does not check the size of a frame whose last block is
/// empty, and notices an incomplete end of a frame only if it is not of three bytes.
pub const STRICTER_THAN_LIBZSTD: [&str; 9] = [
    "a stream of literals does not end with its last literal",
    "a huffman code has more than 11 bits",
    "invalid weights of a huffman code",
    "an offset reaches before the window",
    "invalid size of a block",
    "invalid description of a table",
    "a frame needs too large a window",
    "a frame has another size than its header says",
    "the input ends within a block or a header",
];

/// A stream of random messages, each of which ends between two blocks. Their text is ASCII.
#[derive(Debug, Default)]
pub struct FrameStream {
    bytes: Vec<u8>,
    frame: Option<Frame>,
}

/// A frame without its last block.
#[derive(Debug)]
struct Frame {
    window: usize,
    /// The size of the content so far.
    written: usize,
    code: Option<Huffman>,
    tables: Tables,
    recent: [usize; 3],
}

/// Whether a block is the last of its frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BlockPosition {
    /// The frame ends after it.
    Last,
    /// Other blocks follow.
    NotLast,
}

impl FrameStream {
    /// Starts a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the next message. After a fault, what follows has no meaning.
    pub fn message(&mut self, random: &mut Random, faults: Faults) -> Vec<u8> {
        if random.once_in(20) {
            self.skippable_frame(random);
        }
        for _ in 0..random.below(4) {
            self.block(random, faults);
        }
        std::mem::take(&mut self.bytes)
    }

    /// Writes a frame without content, unless another has started.
    fn skippable_frame(&mut self, random: &mut Random) {
        if self.frame.is_none() {
            let size = random.below(20_u8);
            let magic = 0x184d_2a50 + random.below(16_u32);
            self.bytes.extend(magic.to_le_bytes());
            self.bytes.extend([size, 0, 0, 0]);
            self.bytes.extend(random.bytes(size.into()));
        }
    }

    fn block(&mut self, random: &mut Random, faults: Faults) {
        let mut frame = self
            .frame
            .take()
            .unwrap_or_else(|| self.start_frame(random));
        let position = match random.once_in(12) {
            true => BlockPosition::Last,
            false => BlockPosition::NotLast,
        };
        let most = frame.window.min(MAX_BLOCK);
        let length = match random.below(4) {
            0 => random.below(10),
            1 => random.below(3000),
            _ => random.below(200),
        };
        let length = length.min(most);
        match random.below(5) {
            0 => {
                let text = random.text(length);
                self.write_block(0, position, text.len(), text.as_bytes());
                frame.written += length;
            }
            1 => {
                self.write_block(1, position, length, &[random.between(b' ', b'~')]);
                frame.written += length;
            }
            _ => {
                let block = frame.compressed(random, faults, most);
                // One that is larger than its content is not allowed to be.
                if block.len() <= most {
                    self.write_block(2, position, block.len(), &block);
                } else {
                    self.write_block(0, position, 0, &[]);
                    frame.forget();
                }
            }
        }
        if position == BlockPosition::NotLast {
            self.frame = Some(frame);
        }
    }

    fn start_frame(&mut self, random: &mut Random) -> Frame {
        // Windows from 1 KiB to 256 KiB.
        let field = random.below(9_u8) << 3 | random.below(8_u8);
        let exponent = 1 << (10 + (field >> 3));
        self.bytes.extend(MAGIC);
        self.bytes.extend([0, field]);
        Frame {
            window: exponent + exponent / 8 * usize::from(field & 7),
            written: 0,
            code: None,
            tables: Tables::default(),
            recent: [1, 4, 8],
        }
    }

    /// Writes a block of one of the types 0 (raw), 1 (one byte) and 2 (compressed).
    fn write_block(&mut self, kind: u32, position: BlockPosition, size: usize, content: &[u8]) {
        self.bytes.extend(block(kind, position, size, content));
    }
}

/// A block of the type 0 (raw), 1 (one byte), 2 (compressed) or 3 (reserved), with a header that claims this size.
#[must_use]
pub fn block(kind: u32, position: BlockPosition, size: usize, content: &[u8]) -> Vec<u8> {
    let last = u32::from(position == BlockPosition::Last);
    let header = last | kind << 1 | (size as u32) << 3;
    [&header.to_le_bytes()[..3], content].concat()
}

impl Frame {
    /// Returns the content of a block of at most this size.
    fn compressed(&mut self, random: &mut Random, faults: Faults, most: usize) -> Vec<u8> {
        let count = match random.below(4) {
            0 => 0,
            1 => random.below(12),
            2 => random.below(100),
            _ => random.below(1500),
        };
        let count = count.min(most);
        let mut bytes = self.literals(random, faults, count);
        let sequences = random.below(4) * random.below(20);
        self.sequences(&mut bytes, random, faults, sequences, count, most);
        bytes
    }

    /// Returns the section of literals.
    fn literals(&mut self, random: &mut Random, faults: Faults, count: usize) -> Vec<u8> {
        if matches!(faults, Faults::Some) && random.once_in(100) {
            // Sizes without what they are of.
            return random.bytes(5);
        }
        match random.below(5) {
            0 => [
                &short_header(random, 0, count),
                random.text(count).as_bytes(),
            ]
            .concat(),
            1 => [
                &short_header(random, 1, count)[..],
                &[random.between(b' ', b'~')],
            ]
            .concat(),
            choice => {
                let mut content = Vec::new();
                let repeats = choice == 2 && self.code.is_some();
                let code = match self.code.take() {
                    Some(code) if repeats => code,
                    _ => {
                        let code = Huffman::new(random);
                        content.extend(code.weights(random, faults));
                        code
                    }
                };
                let four_streams = count >= 6 && (count > 500 || random.once_in(2));
                let literals = Vec::from_iter((0..count).map(|_| code.symbol(random)));
                if four_streams {
                    let quarters = literals.chunks(count.div_ceil(4));
                    let mut streams = Vec::from_iter(quarters.map(|part| code.encode(part)));
                    streams.resize(4, code.encode(&[]));
                    for stream in &streams[..3] {
                        content.extend((stream.len() as u16).to_le_bytes());
                    }
                    content.extend(streams.concat());
                } else {
                    content.extend(code.encode(&literals));
                }
                self.code = Some(code);
                let kind = if repeats { 3 } else { 2 };
                [
                    long_header(random, kind, four_streams, count, content.len()),
                    content,
                ]
                .concat()
            }
        }
    }

    /// What a block that was not written would have changed.
    fn forget(&mut self) {
        self.code = None;
        self.tables = Tables::default();
        self.recent = [1, 4, 8];
        // Offsets may not reach before the frame.
        self.written = 0;
    }
}

/// The header of literals that are raw or one byte, in one of the forms that are large enough.
fn short_header(random: &mut Random, kind: u32, count: usize) -> Vec<u8> {
    let count = count as u32;
    let forms: &[(u32, u32, usize)] = &[(0, 3, 1), (1, 4, 2), (3, 4, 3)];
    let first = match count {
        ..32 => 0,
        32..4096 => 1,
        _ => 2,
    };
    let (form, shift, size) = random.pick(&forms[first..]);
    (kind | form << 2 | count << shift).to_le_bytes()[..size].to_vec()
}

/// The header of literals with a Huffman code.
fn long_header(
    random: &mut Random,
    kind: u64,
    four_streams: bool,
    count: usize,
    size: usize,
) -> Vec<u8> {
    let forms: &[(u64, u32, usize)] = match four_streams {
        true => &[(1, 10, 3), (2, 14, 4), (3, 18, 5)],
        false => &[(0, 10, 3)],
    };
    let fitting = forms
        .iter()
        .filter(|(_, bits, _)| count.max(size) >> bits == 0);
    let (form, bits, bytes) = random.pick(&Vec::from_iter(fitting.copied()));
    let header = kind | form << 2 | (count as u64) << 4 | (size as u64) << (4 + bits);
    header.to_le_bytes()[..bytes].to_vec()
}

/// Fields are read from the last byte to the first, so that they are collected first.
fn backwards(fields: &Fields) -> Vec<u8> {
    fields.to_bytes()
}
