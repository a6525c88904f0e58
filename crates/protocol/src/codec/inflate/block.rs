use super::bits::{BitReader, bits_at};
use super::code::Code;
use super::code_lengths::LITERAL_WORDS;
use super::error::InflateError;
use super::history::HistoryBuffer;
use super::older_window::OlderWindow;
use super::symbols::{
    END_OF_BLOCK, EXCEPTIONAL, Entry, LITERAL, LONG, distance_entries, literal_entries, total_bits,
    value,
};

/// Literals and lengths. Few codes have more than 10 bits, also in large messages.
type LiteralCode = Code<1024, LITERAL_WORDS>;
/// Distances. Few codes of small messages have more than 7 bits.
type DistanceCode = Code<128, 1>;

/// The codes of a block.
#[derive(Debug)]
pub(super) struct Codes {
    pub(super) literals: LiteralCode,
    pub(super) distances: DistanceCode,
}

/// The codes of blocks without codes of their own.
pub(super) static FIXED: Codes = Codes {
    literals: LiteralCode::constant(&fixed_lengths(), &literal_entries()),
    distances: DistanceCode::constant(&[5; 32], &distance_entries()),
};

const fn fixed_lengths() -> [u8; 288] {
    let mut lengths = [8; 288];
    let mut symbol = 144;
    while symbol < 280 {
        lengths[symbol] = if symbol < 256 { 9 } else { 7 };
        symbol += 1;
    }
    lengths
}

/// Why decoding stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stop {
    EndOfBlock,
    NoInput,
}

impl Codes {
    pub(super) const fn new() -> Self {
        Self {
            literals: LiteralCode::new(),
            distances: DistanceCode::new(),
        }
    }

    /// Decodes symbols up to the end of the block, or of the input.
    pub(super) fn decode(
        &self,
        reader: &mut BitReader<'_>,
        output: &mut HistoryBuffer,
    ) -> Result<Stop, InflateError> {
        loop {
            output.make_room()?;
            self.decode_common(reader, output)?;
            match self.decode_any(reader, output)? {
                None => {}
                Some(stop) => return Ok(stop),
            }
        }
    }

    /// Decodes symbols whose codes are in the tables, while eight bytes of input are left and there is room.
    #[inline(never)]
    fn decode_common(
        &self,
        reader: &mut BitReader<'_>,
        output: &mut HistoryBuffer,
    ) -> Result<(), InflateError> {
        let Some((input, mut position)) = reader.position() else {
            return Ok(());
        };
        let last = output.last_start();
        let mut at = output.end;
        let older = &output.older;
        let memory = &mut output.memory[..];
        while at <= last
            && let Some(mut bits) = bits_at(input, position)
        {
            // Of at least 57 bits, a literal in the table leaves enough for a match.
            let mut entry = self.literals.entry(bits);
            if entry & LITERAL != 0 {
                memory[at] = (entry >> 16) as u8;
                at += 1;
                position += total_bits(entry) as usize;
                bits >>= total_bits(entry);
                entry = self.literals.entry(bits);
                if entry & LITERAL != 0 {
                    memory[at] = (entry >> 16) as u8;
                    at += 1;
                    position += total_bits(entry) as usize;
                    continue;
                }
            }
            if entry & EXCEPTIONAL != 0 {
                break;
            }
            let length = value(entry, bits);
            bits >>= total_bits(entry);
            let mut next = self.distances.entry(bits);
            if next & EXCEPTIONAL != 0 {
                next = self.unusual_distance(next, bits)?;
            }
            let distance = value(next, bits);
            position += (total_bits(entry) + total_bits(next)) as usize;
            copy_match(older, memory, at, distance, length)?;
            at += length;
        }
        output.end = at;
        reader.seek(position);
        Ok(())
    }

    /// Decodes at least one symbol, of any kind and however little input is left, until `decode_common` may continue.
    /// Returns a reason if it may not.
    #[inline(never)]
    fn decode_any(
        &self,
        outer: &mut BitReader<'_>,
        output: &mut HistoryBuffer,
    ) -> Result<Option<Stop>, InflateError> {
        let last = output.last_start();
        let mut reader = *outer;
        let mut at = output.end;
        let stop = loop {
            if at > last {
                break None;
            }
            reader.refill();
            let mut entry = self.literals.entry(reader.bits());
            if entry & LONG == LONG {
                entry = self.literals.long_entry(reader.bits());
            }
            let bits = total_bits(entry);
            if reader.count() < bits {
                break Some(Stop::NoInput);
            }
            if entry & LITERAL != 0 {
                output.memory[at] = (entry >> 16) as u8;
                at += 1;
                reader.consume(bits);
                if reader.can_seek() {
                    break None;
                }
                continue;
            }
            if entry & END_OF_BLOCK == END_OF_BLOCK {
                reader.consume(bits);
                break Some(Stop::EndOfBlock);
            }
            if entry & EXCEPTIONAL != 0 {
                return Err(InflateError::LiteralSymbol);
            }
            let length = value(entry, reader.bits());
            let mut rest = reader;
            rest.consume(bits);
            let mut entry = self.distances.entry(rest.bits());
            if entry & LONG == LONG {
                entry = self.distances.long_entry(rest.bits());
            }
            if rest.count() < total_bits(entry) {
                break Some(Stop::NoInput);
            }
            if entry & EXCEPTIONAL != 0 {
                return Err(InflateError::DistanceSymbol);
            }
            let distance = value(entry, rest.bits());
            rest.consume(total_bits(entry));
            reader = rest;
            copy_match(&output.older, &mut output.memory, at, distance, length)?;
            at += length;
            if reader.can_seek() {
                break None;
            }
        };
        output.end = at;
        *outer = reader;
        Ok(stop)
    }

    #[cold]
    #[inline(never)]
    fn unusual_distance(&self, entry: Entry, bits: u64) -> Result<Entry, InflateError> {
        let entry = if entry & LONG == LONG {
            self.distances.long_entry(bits)
        } else {
            entry
        };
        if entry & EXCEPTIONAL != 0 {
            return Err(InflateError::DistanceSymbol);
        }
        Ok(entry)
    }
}

/// The number of bytes that are written for a short match, of which a part is past its end.
pub(super) const CHUNK: usize = 32;

/// Repeats what was written `distance` bytes before.
#[inline(always)]
fn copy_match(
    older: &OlderWindow,
    memory: &mut [u8],
    at: usize,
    distance: usize,
    length: usize,
) -> Result<(), InflateError> {
    let (written, free) = memory.split_at_mut(at);
    let Some(from) = written.len().checked_sub(distance) else {
        return copy_older(older, memory, at, distance, length);
    };
    if length <= CHUNK
        && let Some(source) = written[from..].first_chunk::<CHUNK>()
        && let Some(target) = free.first_chunk_mut()
    {
        *target = *source;
    } else {
        copy_long(memory, from, at, length);
    }
    Ok(())
}

/// Copies a match that starts before the memory.
#[cold]
#[inline(never)]
fn copy_older(
    older: &OlderWindow,
    memory: &mut [u8],
    at: usize,
    distance: usize,
    length: usize,
) -> Result<(), InflateError> {
    let copied = older.copy(distance - at, length, memory, at);
    match copied.ok_or(InflateError::DistanceTooFar)? {
        // It goes on where the memory starts.
        copied if copied < length => copy_long(memory, 0, at + copied, length - copied),
        _ => {}
    }
    Ok(())
}

/// Copies a match that is long, or repeats itself. The part that can be copied at once doubles each time.
#[inline(never)]
fn copy_long(memory: &mut [u8], from: usize, mut at: usize, length: usize) {
    let end = at + length;
    while at < end {
        let copied = (at - from).min(end - at);
        memory.copy_within(from..from + copied, at);
        at += copied;
    }
}
