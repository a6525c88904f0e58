use super::error::ZstdError;
use super::huffman::MAX_BITS;
use super::reverse_bits::{ReverseBits, low_byte, rotate_out};
use super::table::{self, Cell, Description, Meaning};

/// The first byte that means weights of four bits each.
const DIRECT: u8 = 128;
/// The most states of the table that weights may be coded with, as an exponent of 2.
const MAX_LOG: u32 = 6;
/// The most weights. That of the last symbol is implied.
const MAX_WEIGHTS: usize = 255;

/// A symbol of the table is a weight.
static WEIGHTS: [Meaning; 64] = {
    let mut weights = [0; 64];
    let mut weight = 0;
    while weight < weights.len() {
        weights[weight] = table::meaning(weight as u32, 0);
        weight += 1;
    }
    weights
};

/// The weights of a Huffman code's symbols: zero for none, and otherwise one more than how many bits the code is
/// shorter than the longest (RFC 8878, 4.2.1).
pub(super) struct Weights {
    weights: [u8; 256],
    symbols: usize,
    /// How many symbols have each weight.
    pub(super) counts: [u16; 16],
    /// The number of bits of the longest code.
    pub(super) max_bits: u32,
}

impl Weights {
    /// Reads the weights that a part of the input starts with, and returns them with their size.
    pub(super) fn read(input: &[u8], start: usize, end: usize) -> Result<(Self, usize), ZstdError> {
        let part = input.get(start..end).unwrap_or_default();
        let (first, rest) = part.split_first().ok_or(ZstdError::HuffmanWeights)?;
        let mut weights = Self {
            weights: [0; 256],
            symbols: 0,
            counts: [0; 16],
            max_bits: 0,
        };
        let size = match first.checked_sub(DIRECT) {
            Some(last) => usize::from(last / 2) + 1,
            None => usize::from(*first),
        };
        let coded = rest.get(..size).ok_or(ZstdError::HuffmanWeights)?;
        match first.checked_sub(DIRECT) {
            Some(last) => weights.read_direct(coded, usize::from(last) + 1),
            None => weights.read_coded(input, start + 1, coded)?,
        }
        weights.complete()?;
        Ok((weights, 1 + size))
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.weights[..self.symbols]
    }

    fn read_direct(&mut self, bytes: &[u8], count: usize) {
        for (pair, byte) in self.weights.chunks_exact_mut(2).zip(bytes) {
            pair[0] = byte >> 4;
            pair[1] = byte & 15;
        }
        self.symbols = count;
    }

    /// Two states take turns. The weights end when the bits do.
    fn read_coded(&mut self, input: &[u8], start: usize, bytes: &[u8]) -> Result<(), ZstdError> {
        let (description, size) = Description::read(bytes, MAX_BITS, MAX_LOG)?;
        let mut cells = [0; 1 << MAX_LOG];
        description.build(&WEIGHTS, &mut cells);
        let bits = ReverseBits::new(input, start + size, start + bytes.len());
        let mut bits = bits.ok_or(ZstdError::HuffmanWeights)?;
        let log = description.log;
        let mut states = [bits.take(log), bits.take(log)];
        let mut left = bits.left().ok_or(ZstdError::HuffmanWeights)?;
        let cell = |state: u32| -> Cell { cells[state as usize % cells.len()] };
        let mut count = 0;
        'all: loop {
            let mut word = bits.word();
            // Eight weights take at most 48 bits.
            for _ in 0..4 {
                for turn in 0..2 {
                    if count >= MAX_WEIGHTS - 1 {
                        return Err(ZstdError::HuffmanWeights);
                    }
                    let current = cell(states[turn]);
                    self.weights[count] = table::first_value(current) as u8;
                    count += 1;
                    let used = low_byte(current as u32);
                    let Some(rest) = left.checked_sub(used as usize) else {
                        self.weights[count] = table::first_value(cell(states[1 - turn])) as u8;
                        self.symbols = count + 1;
                        break 'all;
                    };
                    left = rest;
                    bits.skip(used);
                    states[turn] =
                        table::next_base(current) + rotate_out(&mut word, current as u32);
                }
            }
        }
        Ok(())
    }

    /// Adds the weight of the last symbol, which completes the code.
    fn complete(&mut self) -> Result<(), ZstdError> {
        for weight in &self.weights[..self.symbols] {
            self.counts[usize::from(*weight) % 16] += 1;
        }
        let counts = self.counts[1..].iter().zip(0..);
        let total: u32 = counts.map(|(count, bits)| u32::from(*count) << bits).sum();
        if total == 0 {
            return Err(ZstdError::HuffmanWeights);
        }
        self.max_bits = total.ilog2() + 1;
        if self.max_bits as usize > MAX_BITS {
            return Err(ZstdError::HuffmanBits);
        }
        let missing = (1 << self.max_bits) - total;
        if !missing.is_power_of_two() {
            return Err(ZstdError::HuffmanWeights);
        }
        let last = missing.ilog2() + 1;
        self.weights[self.symbols % 256] = last as u8;
        self.symbols += 1;
        self.counts[last as usize % 16] += 1;
        if self.counts[1] < 2 {
            return Err(ZstdError::HuffmanWeights);
        }
        Ok(())
    }
}
