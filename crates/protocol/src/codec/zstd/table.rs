//! Tables of finite state entropy (RFC 8878, 4.1): which symbol a state stands for, and how the next state is read.

use super::error::ZstdError;

/// A state of a table: in the lowest 8 bits, how many bits to read for the next state, then 8 bits without the
/// [`Meaning`], 16 bits with what to add to those that are read for the next state, and 32 bits of the meaning again.
///
/// The lowest byte is in place for rotations, which ignore all higher bits.
pub(super) type Cell = u64;

/// What a symbol stands for: in the second byte the number of bits to read, and in the upper 32 bits what to add to them.
pub(super) type Meaning = u64;

pub(super) const fn meaning(first: u32, bits: u32) -> Meaning {
    (first as Meaning) << 32 | (bits as Meaning) << 8
}

/// The most symbols of a table: the lengths of matches have 53.
const MAX_SYMBOLS: usize = 53;

/// The number of bits to read for the meaning.
#[inline(always)]
pub(super) const fn extra_bits(cell: Cell) -> u32 {
    (cell >> 8) as u32
}

/// What is added to the bits that are read for the meaning.
#[inline(always)]
pub(super) const fn first_value(cell: Cell) -> u32 {
    (cell >> 32) as u32
}

#[inline(always)]
pub(super) const fn next_base(cell: Cell) -> u32 {
    cell as u32 >> 16
}

/// How many states each symbol has. A symbol with -1 has one, at the end of the table.
#[derive(Debug)]
pub(super) struct Description {
    counts: [i16; MAX_SYMBOLS],
    symbols: usize,
    /// The logarithm of the number of states.
    pub(super) log: u32,
}

impl Description {
    /// Reads a description at the start of the input, for symbols up to `last` and at most two to the power of
    /// `max_log` states. Returns it with its size.
    pub(super) fn read(
        input: &[u8],
        last: usize,
        max_log: u32,
    ) -> Result<(Self, usize), ZstdError> {
        let mut bits = Bits { input, position: 0 };
        let log = bits.peek() & 15;
        let log = log + 5;
        bits.position = 4;
        if log > max_log {
            return Err(ZstdError::TableDescription);
        }
        let mut counts = [0; MAX_SYMBOLS];
        let mut left = 1_u32 << log;
        let mut next = 0;
        while left > 0 {
            let Some(count) = counts[..=last].get_mut(next) else {
                return Err(ZstdError::TableDescription);
            };
            next += 1;
            let value = bits.below(left + 1);
            // At most two to the power of `max_log`.
            *count = value as i16 - 1;
            left -= u32::from(count.unsigned_abs());
            if value == 1 {
                next = bits.skip_symbols(next, last)?;
            }
        }
        let size = bits.position.div_ceil(8);
        if size > input.len() {
            return Err(ZstdError::TableDescription);
        }
        let description = Self {
            counts,
            symbols: next.min(last + 1),
            log,
        };
        Ok((description, size))
    }

    /// Writes the table to the start of `cells`, which has to have as many as there are states.
    pub(super) fn build(&self, meanings: &[Meaning; 64], cells: &mut [Cell]) {
        let counts = &self.counts[..self.symbols];
        // Loops over an array need no checks.
        match self.log {
            5 => cells
                .first_chunk_mut()
                .map(|cells| fill::<32>(counts, meanings, cells)),
            6 => cells
                .first_chunk_mut()
                .map(|cells| fill::<64>(counts, meanings, cells)),
            7 => cells
                .first_chunk_mut()
                .map(|cells| fill::<128>(counts, meanings, cells)),
            8 => cells
                .first_chunk_mut()
                .map(|cells| fill::<256>(counts, meanings, cells)),
            _ => cells
                .first_chunk_mut()
                .map(|cells| fill::<512>(counts, meanings, cells)),
        };
    }
}

/// Makes the table of constant counts.
pub(super) const fn constant<const STATES: usize>(
    counts: &[i16],
    meanings: &[Meaning; 64],
) -> [Cell; STATES] {
    let mut cells = [0; STATES];
    fill(counts, meanings, &mut cells);
    cells
}

const fn fill<const STATES: usize>(
    counts: &[i16],
    meanings: &[Meaning; 64],
    cells: &mut [Cell; STATES],
) {
    // For each symbol, the number of the next of its states, counted from the number of them.
    let mut numbers = [0_u16; 64];
    let mut free = STATES;
    let mut symbol = 0;
    while symbol < counts.len() {
        let count = counts[symbol];
        numbers[symbol % 64] = count.unsigned_abs();
        if count < 0 {
            free -= 1;
            cells[free % STATES] = symbol as Cell;
        }
        symbol += 1;
    }
    let step = (STATES >> 1) + (STATES >> 3) + 3;
    let mut at = 0;
    let mut symbol = 0;
    while symbol < counts.len() {
        let mut left = counts[symbol];
        while left > 0 {
            cells[at % STATES] = symbol as Cell;
            at = (at + step) % STATES;
            while at >= free {
                at = (at + step) % STATES;
            }
            left -= 1;
        }
        symbol += 1;
    }
    let transitions = const { &transitions(STATES) };
    let mut state = 0;
    while state < STATES {
        let symbol = cells[state];
        let number = numbers[symbol as usize % 64];
        numbers[symbol as usize % 64] = number + 1;
        let transition = transitions[number as usize % MAX_NUMBERS];
        cells[state] = transition as Cell | meanings[symbol as usize % 64];
        state += 1;
    }
}

/// Twice the number of states of the largest table.
const MAX_NUMBERS: usize = 1024;

/// The lower halves of the cells of a table with this many states, by the number of a symbol's state.
const fn transitions(states: usize) -> [u32; MAX_NUMBERS] {
    let mut cells = [0; MAX_NUMBERS];
    let mut number = 1;
    while number < 2 * states {
        let bits = states.ilog2() - number.ilog2();
        cells[number] = bits | (((number << bits) - states) as u32) << 16;
        number += 1;
    }
    cells
}

/// Reads bits from the lowest of each byte on. Zeros follow the input.
struct Bits<'a> {
    input: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    /// At least 25 of the next bits.
    #[inline(always)]
    fn peek(&self) -> u32 {
        let first = self.position / 8;
        let bytes = self.input.get(first..first + 4);
        let word = match bytes.and_then(<[u8]>::first_chunk) {
            Some(bytes) => u32::from_le_bytes(*bytes),
            None => last_word(self.input, first),
        };
        word >> (self.position % 8)
    }

    /// Reads a number of at most `most`. The lowest take one bit less if there is no need for it.
    #[inline(always)]
    fn below(&mut self, most: u32) -> u32 {
        let bits = most.ilog2() + 1;
        let short = (1 << bits) - 1 - most;
        let value = self.peek() & ((1 << bits) - 1);
        let half = 1 << (bits - 1);
        if value & (half - 1) < short {
            self.position += bits as usize - 1;
            value & (half - 1)
        } else {
            self.position += bits as usize;
            if value < half { value } else { value - short }
        }
    }

    /// Reads how many symbols after one without states have none either. Returns the next that has.
    fn skip_symbols(&mut self, mut next: usize, last: usize) -> Result<usize, ZstdError> {
        loop {
            let skipped = self.peek() & 3;
            self.position += 2;
            next += skipped as usize;
            if skipped < 3 {
                return Ok(next);
            }
            if next > last {
                return Err(ZstdError::TableDescription);
            }
        }
    }
}

/// What is left of the input from a byte on, followed by zeros.
#[cold]
#[inline(never)]
fn last_word(input: &[u8], first: usize) -> u32 {
    let rest = input.get(first..).unwrap_or_default().iter().rev();
    rest.fold(0, |word, byte| word << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::{Cell, Description, Meaning, constant, first_value, meaning, next_base};
    use crate::codec::zstd::error::ZstdError;
    use crate::codec::zstd::reverse_bits::low_byte;

    const SYMBOLS: [Meaning; 64] = {
        let mut meanings = [0; 64];
        let mut symbol = 0;
        while symbol < meanings.len() {
            meanings[symbol] = meaning(symbol as u32, 0);
            symbol += 1;
        }
        meanings
    };

    /// Writes a description, as RFC 8878 defines it.
    fn describe(counts: &[i16], log: u32) -> Vec<u8> {
        let mut bits = Vec::new();
        let mut push = |value: u32, count: u32| {
            bits.extend((0..count).map(|bit| value >> bit & 1 != 0));
        };
        push(log - 5, 4);
        let mut left = 1_u32 << log;
        let mut next = 0;
        while left > 0 {
            let most = left + 1;
            let count = most.ilog2() + 1;
            let short = (1 << count) - 1 - most;
            let half = 1 << (count - 1);
            let value = (counts[next] + 1) as u32;
            if value < short {
                push(value, count - 1);
            } else {
                push(if value < half { value } else { value + short }, count);
            }
            left -= u32::from(counts[next].unsigned_abs());
            next += 1;
            if value == 1 {
                let zeros = counts[next..]
                    .iter()
                    .take_while(|count| **count == 0)
                    .count();
                (0..zeros / 3).for_each(|_| push(3, 2));
                push((zeros % 3) as u32, 2);
                next += zeros;
            }
        }
        let bytes = bits.chunks(8);
        let byte = |bits: &[bool]| {
            bits.iter()
                .rev()
                .fold(0, |byte, bit| byte << 1 | u8::from(*bit))
        };
        bytes.map(byte).collect()
    }

    #[test]
    fn described_tables_are_the_constant_ones() {
        let counts = [4, 3, -1, 0, 0, 0, 0, 7, 0, 1, 0, 0, 0, 15, -1];
        let expected: [Cell; 32] = constant(&counts, &SYMBOLS);
        let bytes = describe(&counts, 5);
        let (description, size) = Description::read(&bytes, 14, 9).unwrap();
        assert_eq!(size, bytes.len());
        let mut cells = [0; 32];
        description.build(&SYMBOLS, &mut cells);
        assert_eq!(cells, expected);
        // What follows does not matter, and nothing may be missing.
        let longer = [&bytes[..], &[0xff; 8]].concat();
        assert_eq!(Description::read(&longer, 20, 9).unwrap().1, size);
        for end in 0..size {
            let read = Description::read(&bytes[..end], 14, 9);
            assert_eq!(read.err(), Some(ZstdError::TableDescription), "{end}");
        }
        // Fewer symbols, fewer states.
        assert!(Description::read(&bytes, 13, 9).is_err());
        assert!(Description::read(&describe(&[32, 32], 6), 13, 5).is_err());
    }

    #[test]
    fn states_of_a_symbol_lead_to_every_state() {
        let cells: [Cell; 64] = constant(&[20, 1, -1, 30, -1, 0, 11], &SYMBOLS);
        for searched in [0, 1, 2, 3, 4, 6] {
            let mut reached = [0; 64];
            for cell in cells.iter().filter(|cell| first_value(**cell) == searched) {
                let base = next_base(*cell) as usize;
                reached[base..base + (1 << low_byte(*cell as u32))]
                    .iter_mut()
                    .for_each(|count| *count += 1);
            }
            assert_eq!(reached, [1; 64], "{searched}");
        }
        assert_eq!((first_value(cells[63]), first_value(cells[62])), (2, 4));
    }

    #[test]
    fn one_symbol_may_have_all_states() {
        let bytes = describe(&[0, 0, 32], 5);
        let (description, _) = Description::read(&bytes, 35, 9).unwrap();
        let mut cells = [0; 32];
        description.build(&SYMBOLS, &mut cells);
        assert!(
            cells
                .iter()
                .all(|cell| first_value(*cell) == 2 && low_byte(*cell as u32) == 0)
        );
    }
}
