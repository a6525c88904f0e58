//! An inflater for streams of small messages.
//!
//! A message of the gateway has some 200 compressed bytes in one or two blocks. A general inflater spends most of its
//! time on such a block before the first symbol, building tables for decoding much more. This one:
//!
//! - collects the code lengths as sets of symbols, which are sorted already,
//! - builds tables no larger than the longest code needs, and none for codes of more than 10 bits, which are rare,
//! - writes messages one after another into one buffer, which is also the history that they refer to,
//! - keeps neither a checksum nor, within a block, any state but the position.
//!
//! It rejects what zlib rejects. The work for an input is proportional to its size and to the size of the output.

mod bits;
mod block;
mod code;
mod code_lengths;
mod dynamic_block;
mod error;
mod history;
mod older_window;
mod symbols;

pub(crate) use self::error::InflateError;
pub(crate) use self::history::HistoryBuffer;

use self::bits::{BitReader, Leftover};
use self::block::{FIXED, Stop};
use self::dynamic_block::DynamicBlock;
use std::mem;

/// The most bytes that are read at once, so that a position in bits fits 32 bits.
const MAX_PART_BYTES: usize = 1 << 28;

/// Whether more may follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StreamStatus {
    Open,
    /// The last block ended. What follows was not read.
    Ended,
}

/// The context of a raw deflate stream (RFC 1951). The input may be split anywhere, and each symbol is output as soon
/// as it is complete.
///
/// ```text
///  BlockHeader ─┬─ StoredLength ─── Stored ─────────────────────┐
///       ▲       ├─ Fixed ───────────────────────────────────────┤ end of the block
///       │       └─ CodeNumbers ─── Dynamic ─────────────────────┤
///       └───────────────────────────────────────────────────────┴──► Ended, after the last block
/// ```
#[derive(Debug)]
pub(crate) struct InflateContext {
    state: State,
    position: BlockPosition,
    leftover: Leftover,
}

#[derive(Debug)]
enum State {
    BlockHeader,
    StoredLength,
    Stored { left: u16 },
    CodeNumbers,
    Fixed,
    Dynamic(DynamicBlock),
    Ended,
}

/// Whether other blocks follow.
#[derive(Clone, Copy, Debug)]
enum BlockPosition {
    Last,
    NotLast,
}

impl InflateContext {
    pub(crate) const fn new() -> Self {
        Self {
            state: State::BlockHeader,
            position: BlockPosition::NotLast,
            leftover: Leftover::NONE,
        }
    }

    /// Starts a new stream. The history has to be reset, too.
    pub(crate) fn reset(&mut self) {
        self.state = State::BlockHeader;
        self.leftover = Leftover::NONE;
    }

    /// Inflates all of the input. An error makes the context useless until it is reset.
    pub(crate) fn inflate(
        &mut self,
        input: &[u8],
        output: &mut HistoryBuffer,
    ) -> Result<StreamStatus, InflateError> {
        for part in input.chunks(MAX_PART_BYTES) {
            let mut reader = BitReader::new(part, self.leftover);
            if self.run(&mut reader, output)? == StreamStatus::Ended {
                return Ok(StreamStatus::Ended);
            }
            self.leftover = reader.leftover();
        }
        output.check_limit()?;
        Ok(StreamStatus::Open)
    }

    fn run(
        &mut self,
        reader: &mut BitReader<'_>,
        output: &mut HistoryBuffer,
    ) -> Result<StreamStatus, InflateError> {
        loop {
            match &mut self.state {
                State::BlockHeader => {
                    let Some(header) = reader.take(3) else {
                        return Ok(StreamStatus::Open);
                    };
                    self.start_block(header, reader)?;
                }
                State::StoredLength => {
                    let Some(lengths) = reader.take(32) else {
                        return Ok(StreamStatus::Open);
                    };
                    let left = lengths as u16;
                    if left != !((lengths >> 16) as u16) {
                        return Err(InflateError::StoredLength);
                    }
                    self.continue_stored(left);
                }
                State::Stored { left } => {
                    let left = *left;
                    output.make_room()?;
                    let copied = output.append(usize::from(left), |space| reader.copy_bytes(space));
                    if copied == 0 {
                        return Ok(StreamStatus::Open);
                    }
                    // At most `left` bytes were copied.
                    self.continue_stored(left.saturating_sub(copied as u16));
                }
                State::CodeNumbers => {
                    let Some(numbers) = reader.take(14) else {
                        return Ok(StreamStatus::Open);
                    };
                    self.state = State::Dynamic(DynamicBlock::start(numbers)?);
                }
                State::Fixed => match FIXED.decode(reader, output)? {
                    Stop::NoInput => return Ok(StreamStatus::Open),
                    Stop::EndOfBlock => self.end_block(),
                },
                State::Dynamic(block) => match block.decode(reader, output)? {
                    Stop::NoInput => return Ok(StreamStatus::Open),
                    Stop::EndOfBlock => self.end_block(),
                },
                State::Ended => return Ok(StreamStatus::Ended),
            }
        }
    }

    fn start_block(&mut self, header: u32, reader: &mut BitReader<'_>) -> Result<(), InflateError> {
        self.position = match header & 1 {
            0 => BlockPosition::NotLast,
            _ => BlockPosition::Last,
        };
        self.state = match header >> 1 {
            0 => {
                reader.align();
                State::StoredLength
            }
            1 => State::Fixed,
            2 => State::CodeNumbers,
            _ => return Err(InflateError::BlockType),
        };
        Ok(())
    }

    fn continue_stored(&mut self, left: u16) {
        if left == 0 {
            self.end_block();
        } else {
            self.state = State::Stored { left };
        }
    }

    fn end_block(&mut self) {
        let next = match self.position {
            BlockPosition::Last => State::Ended,
            BlockPosition::NotLast => State::BlockHeader,
        };
        if let State::Dynamic(block) = mem::replace(&mut self.state, next) {
            block.end();
        }
    }
}
