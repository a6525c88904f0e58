//! A decompressor of zstd (RFC 8878) for streams of small messages.
//!
//! A message of the gateway has some 100 compressed bytes in one block. A general decompressor spends most of its time on
//! what surrounds the few sequences of such a block: tables for decoding much more, and a copy to a window. This one:
//!
//! - builds tables as large as they are described, and none for those that are predefined or repeated,
//! - writes messages one after another into one memory, which is also the window that they refer to,
//! - allocates that memory as it is written, and the tables when a block describes one,
//! - needs all of a message at once, so that it keeps no state within a block.
//!
//! It rejects what libzstd rejects. It also rejects what RFC 8878 does not allow and libzstd accepts: an offset past the
//! window that libzstd happens to have still, a stream of literals that is not read to its end, a Huffman code of 12
//! bits, a window over the limit in a frame that libzstd decompresses at once. The work for an input is proportional to
//! its size and to the size of the output.

mod checksum;
mod copies;
mod error;
mod frame_header;
mod huffman;
mod huffman_weights;
mod literals;
mod recent_offsets;
mod reverse_bits;
mod sequence_codes;
mod sequence_reader;
mod sequence_tables;
mod sequences;
mod table;
mod window;

pub(crate) use self::error::ZstdError;
pub(crate) use self::window::Window;

use self::checksum::Checksum;
use self::frame_header::FrameStart;
use self::huffman::HuffmanCode;
use self::literals::{Block, Literals};
use self::recent_offsets::RecentOffsets;
use self::sequence_tables::SequenceTables;
use crate::limits::MAX_ZSTD_WINDOW_LOG;

const BLOCK_HEADER_BYTES: usize = 3;
const CHECKSUM_BYTES: usize = 4;

/// The context of a zstd stream, between two messages.
#[derive(Debug)]
pub(crate) struct ZstdContext {
    frame: Option<Frame>,
    code: HuffmanCode,
    tables: SequenceTables,
    recent: RecentOffsets,
}

/// A frame whose last block has not arrived.
#[derive(Debug)]
struct Frame {
    max_block: usize,
    content_size: Option<u64>,
    /// Of the content so far, if the frame ends with one.
    checksum: Option<Box<Checksum>>,
}

/// Whether the frame goes on after a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum BlockPosition {
    Last,
    NotLast,
}

impl ZstdContext {
    pub(crate) const fn new() -> Self {
        Self {
            frame: None,
            code: HuffmanCode::new(),
            tables: SequenceTables::new(),
            recent: RecentOffsets::new(),
        }
    }

    /// Starts a new stream, and frees the tables. The window has to be reset, too.
    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }

    /// Decompresses a message, which has to end between two blocks. An error makes the context useless until it is reset.
    pub(crate) fn decompress(
        &mut self,
        message: &[u8],
        window: &mut Window,
    ) -> Result<(), ZstdError> {
        let mut at = 0;
        while at < message.len() {
            at = match self.frame.take() {
                None => self.start_frame(message, at, window)?,
                Some(frame) => self.read_block(frame, message, at, window)?,
            };
        }
        window.check_limit()
    }

    fn start_frame(
        &mut self,
        message: &[u8],
        at: usize,
        window: &mut Window,
    ) -> Result<usize, ZstdError> {
        let (start, size) = frame_header::read(&message[at..], 1 << MAX_ZSTD_WINDOW_LOG)?;
        let at = at + size;
        match start {
            FrameStart::Frame(header) => {
                window.start_frame(header.window);
                self.code.reset();
                self.tables.reset();
                self.recent = RecentOffsets::new();
                self.frame = Some(Frame {
                    max_block: header.max_block,
                    content_size: header.content_size,
                    checksum: header.has_checksum.then(|| Box::new(Checksum::new())),
                });
                Ok(at)
            }
            FrameStart::Skippable(content) => match message.len() - at {
                left if left < content as usize => Err(ZstdError::Truncated),
                _ => Ok(at + content as usize),
            },
        }
    }

    /// Decompresses a block of this frame, and returns where the next starts.
    fn read_block(
        &mut self,
        mut frame: Frame,
        message: &[u8],
        at: usize,
        window: &mut Window,
    ) -> Result<usize, ZstdError> {
        let header = message[at..].first_chunk::<BLOCK_HEADER_BYTES>();
        let [first, second, third] = *header.ok_or(ZstdError::Truncated)?;
        let start = at + BLOCK_HEADER_BYTES;
        let size = (u32::from_le_bytes([first, second, third, 0]) >> 3) as usize;
        let kind = first >> 1 & 3;
        let position = match first & 1 {
            0 => BlockPosition::NotLast,
            _ => BlockPosition::Last,
        };
        if kind == 3 {
            return Err(ZstdError::BlockType);
        }
        if size > frame.max_block || (kind == 1 && frame.max_block == 0) {
            return Err(ZstdError::BlockSize);
        }
        let end = match kind {
            1 => start + 1,
            _ => start + size,
        };
        let bytes = message.get(start..end).ok_or(ZstdError::Truncated)?;
        let before = window.frame;
        match kind {
            0 => window.append(size, |space| space.copy_from_slice(bytes))?,
            1 => window.append(size, |space| space.fill(bytes[0]))?,
            _ => {
                let block = Block {
                    message,
                    start,
                    end,
                };
                self.read_compressed(block, frame.max_block, window)?;
            }
        }
        window.check_limit()?;
        if frame.content_size.is_some_and(|size| window.frame > size) {
            return Err(ZstdError::ContentSize);
        }
        if let Some(checksum) = &mut frame.checksum {
            let written = (window.frame - before) as usize;
            checksum.update(&window.memory[window.end - written..window.end]);
        }
        match position {
            BlockPosition::NotLast => {
                self.frame = Some(frame);
                Ok(end)
            }
            BlockPosition::Last => end_frame(&frame, message, end, window),
        }
    }

    fn read_compressed(
        &mut self,
        block: Block<'_>,
        max_block: usize,
        window: &mut Window,
    ) -> Result<(), ZstdError> {
        let (literals, start) = Literals::read(block, max_block, &mut self.code)?;
        let section = Block { start, ..block };
        sequences::execute(
            section,
            max_block,
            &literals,
            &mut self.tables,
            &mut self.recent,
            window,
        )?;
        literals.end();
        Ok(())
    }
}

/// Checks the size and the checksum of a frame, and returns where the next starts.
fn end_frame(
    frame: &Frame,
    message: &[u8],
    at: usize,
    window: &mut Window,
) -> Result<usize, ZstdError> {
    if frame.content_size.is_some_and(|size| window.frame != size) {
        return Err(ZstdError::ContentSize);
    }
    window.end_frame();
    let Some(checksum) = &frame.checksum else {
        return Ok(at);
    };
    let expected = message[at..].first_chunk::<CHECKSUM_BYTES>();
    let expected = *expected.ok_or(ZstdError::Truncated)?;
    if u32::from_le_bytes(expected) != checksum.value() {
        return Err(ZstdError::Checksum);
    }
    Ok(at + CHECKSUM_BYTES)
}
