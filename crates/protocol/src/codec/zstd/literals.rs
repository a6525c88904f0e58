use super::error::ZstdError;
use super::huffman::HuffmanCode;
use super::reverse_bits::ReverseBits;
use std::cell::Cell;

/// What may be copied at once, so that many bytes have to be readable after the literals.
pub(super) const SLACK: usize = 32;

/// The size of the memory that a thread keeps for literals. More is for large messages only.
const KEPT_BYTES: usize = 32 * 1024;

thread_local! {
    /// Memory for the literals of the next block that this thread decompresses.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The literals of a block.
#[derive(Debug)]
pub(super) struct Literals<'a> {
    /// In the input.
    pub(super) place: LiteralsPlace<'a>,
    pub(super) count: usize,
}

#[derive(Debug)]
pub(super) enum LiteralsPlace<'a> {
    /// The rest of the block from the first literal on.
    Input(&'a [u8]),
    /// The memory of the thread, of which at least [`SLACK`] more bytes are initialized.
    Memory(Vec<u8>),
}

/// A block within a message. Bits may be read before its start, where they have no meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) message: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Literals<'a> {
    /// Reads the section that a block starts with (RFC 8878, 3.1.1.3.1). Returns the literals, and where the section ends.
    pub(super) fn read(
        block: Block<'a>,
        max_block: usize,
        code: &mut HuffmanCode,
    ) -> Result<(Self, usize), ZstdError> {
        let bytes = &block.message[block.start..block.end];
        // An empty block has no header.
        let (first, form) = match bytes {
            [first, _, ..] => (*first, first >> 2 & 3),
            _ => return Err(ZstdError::BlockSize),
        };
        let number = |size: usize| -> Result<u64, ZstdError> {
            let header = bytes.get(..size).ok_or(ZstdError::LiteralsSize)?;
            let number = header.iter().rev();
            Ok(number.fold(0, |number, byte| number << 8 | u64::from(*byte)))
        };
        if first & 2 == 0 {
            let size = [1, 2, 1, 3][usize::from(form)];
            let count = match form {
                0 | 2 => usize::from(first >> 3),
                _ => (number(size)? >> 4) as usize,
            };
            check_count(count, max_block)?;
            let rest = bytes.get(size..).ok_or(ZstdError::LiteralsSize)?;
            if first & 1 == 0 {
                if count > rest.len() {
                    return Err(ZstdError::LiteralsSize);
                }
                let place = LiteralsPlace::Input(rest);
                return Ok((Self { place, count }, block.start + size + count));
            }
            let byte = *rest.first().ok_or(ZstdError::LiteralsSize)?;
            let mut memory = take_memory(count);
            memory[..count].fill(byte);
            let place = LiteralsPlace::Memory(memory);
            return Ok((Self { place, count }, block.start + size + 1));
        }
        let (size, bits) = [(3, 10), (3, 10), (4, 14), (5, 18)][usize::from(form)];
        let header = number(size)?;
        let mask = (1 << bits) - 1;
        let count = (header >> 4 & mask) as usize;
        let coded = (header >> (4 + bits) & mask) as usize;
        check_count(count, max_block)?;
        let mut start = block.start + size;
        let end = start + coded;
        if end > block.end {
            return Err(ZstdError::LiteralsSize);
        }
        if form != 0 && count < MIN_IN_FOUR_STREAMS {
            return Err(ZstdError::LiteralsSize);
        }
        if first & 1 == 0 {
            start += code.read(block.message, start, end)?;
        } else {
            code.check_defined()?;
        }
        let mut memory = take_memory(count);
        let space = &mut memory[..count];
        if form == 0 {
            code.decode(stream(block.message, start, end)?, space)?;
        } else {
            code.decode_four(four_streams(block.message, start, end)?, space)?;
        }
        let place = LiteralsPlace::Memory(memory);
        Ok((Self { place, count }, end))
    }

    /// The literals, and what may be read after them.
    pub(super) fn readable(&self) -> &[u8] {
        match &self.place {
            LiteralsPlace::Input(rest) => rest,
            LiteralsPlace::Memory(memory) => memory,
        }
    }

    /// Leaves the memory to the next block.
    pub(super) fn end(self) {
        if let LiteralsPlace::Memory(memory) = self.place
            && memory.len() <= KEPT_BYTES
        {
            // The thread may be about to end.
            _ = SPARE.try_with(|spare| spare.set(memory));
        }
    }
}

/// Fewer literals are in one stream.
const MIN_IN_FOUR_STREAMS: usize = 6;

fn check_count(count: usize, max_block: usize) -> Result<(), ZstdError> {
    if count > max_block {
        return Err(ZstdError::LiteralsSize);
    }
    Ok(())
}

fn take_memory(count: usize) -> Vec<u8> {
    let mut memory = SPARE.try_with(Cell::take).unwrap_or_default();
    if memory.len() < count + SLACK {
        let length = (count + SLACK).next_multiple_of(4096);
        memory = vec![0; length];
    }
    memory
}

fn stream(message: &[u8], start: usize, end: usize) -> Result<ReverseBits<'_>, ZstdError> {
    ReverseBits::new(message, start, end).ok_or(ZstdError::LiteralsStream)
}

/// Reads the sizes of the first three streams, before the streams.
fn four_streams(
    message: &[u8],
    start: usize,
    end: usize,
) -> Result<[ReverseBits<'_>; 4], ZstdError> {
    let sizes = message[start..end].first_chunk::<6>();
    let (sizes, _) = sizes.ok_or(ZstdError::LiteralsSize)?.as_chunks();
    let mut starts = [start + 6; 5];
    for (index, size) in sizes.iter().enumerate() {
        starts[index + 1] = starts[index] + usize::from(u16::from_le_bytes(*size));
    }
    starts[4] = end;
    Ok([
        stream(message, starts[0], starts[1])?,
        stream(message, starts[1], starts[2])?,
        stream(message, starts[2], starts[3])?,
        stream(message, starts[3], starts[4])?,
    ])
}
