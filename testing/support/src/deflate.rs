//! Deflate streams that no compressor writes (RFC 1951): codes of any shape, any mix of blocks, and faults.

use crate::Random;

/// Whether the blocks of a stream may be invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Faults {
    /// All blocks are valid.
    None,
    /// Some blocks are invalid, each in one way.
    Some,
}

/// A raw deflate stream of random messages, which end with a sync flush. Their text is ASCII.
#[derive(Debug, Default)]
pub struct DeflateStream {
    bits: BitWriter,
    /// The size of everything so far, inflated.
    inflated: usize,
}

const END_OF_BLOCK: usize = 256;

/// The smallest length and the extra bits of each symbol from 257 on.
const LENGTHS: [(usize, u32); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// The smallest distance and the extra bits of each symbol.
const DISTANCES: [(usize, u32); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12_289, 12),
    (16_385, 13),
    (24_577, 13),
];

impl DeflateStream {
    /// Starts a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the next message. After a fault, what follows has no meaning.
    pub fn message(&mut self, random: &mut Random, faults: Faults) -> Vec<u8> {
        for _ in 0..random.below(4) {
            self.block(random, faults);
        }
        self.empty_block();
        std::mem::take(&mut self.bits.bytes)
    }

    /// Writes an empty stored block, which ends at the end of a byte.
    pub fn empty_block(&mut self) {
        self.bits.put(0, 3);
        self.stored(&[], false);
    }

    /// Writes an empty block with the fixed codes.
    pub fn empty_fixed_block(&mut self) {
        self.bits.put(1 << 1, 3);
        self.bits.put(0, 7);
    }

    /// Writes an empty block with the shortest codes of its own.
    pub fn empty_dynamic_block(&mut self) {
        self.bits.put(2 << 1, 3);
        let mut literals = vec![0; 257];
        literals[END_OF_BLOCK] = 1;
        self.code_lengths(&mut Random::new(0), &literals, &[0], false);
        self.bits.put(0, 1);
    }

    /// Returns what was written since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bits.bytes)
    }

    fn block(&mut self, random: &mut Random, faults: Faults) {
        let fails = faults == Faults::Some && random.once_in(8);
        let is_last = u64::from(fails && random.once_in(8));
        let fails = fails && is_last == 0;
        match random.below(8) {
            0 => {
                self.bits.put(is_last, 3);
                let length = random.below(300);
                let text = random.text(length);
                self.stored(text.as_bytes(), fails);
                self.inflated += text.len();
            }
            1 | 2 => {
                self.bits.put(1 << 1 | is_last, 3);
                let mut literals = vec![8; 288];
                literals[144..256].fill(9);
                literals[256..280].fill(7);
                self.symbols(random, &literals, &[5; 32], fails);
            }
            3 if fails => self.bits.put(3 << 1, 3),
            _ => self.dynamic(random, is_last, fails),
        }
    }

    fn stored(&mut self, bytes: &[u8], fails: bool) {
        self.bits.align();
        let length = bytes.len() as u64;
        let complement = !length & 0xffff;
        self.bits.put(length, 16);
        self.bits
            .put(if fails { complement ^ 256 } else { complement }, 16);
        self.bits.bytes.extend(bytes);
    }

    fn dynamic(&mut self, random: &mut Random, is_last: u64, fails: bool) {
        self.bits.put(2 << 1 | is_last, 3);
        let (mut literals, mut distances) = if random.once_in(4) {
            // Lengths that are repeated, also from those of literals to those of distances.
            let bits = random.between(1, 4_u8);
            let (mut literals, mut distances) = (vec![0; 286], vec![0; 30]);
            literals[END_OF_BLOCK..END_OF_BLOCK + (1 << bits)].fill(bits);
            distances[..1 << bits].fill(bits);
            (literals, distances)
        } else {
            random_codes(random)
        };
        let fault = if fails { random.between(1, 7) } else { 0 };
        match fault {
            1 => literals[END_OF_BLOCK] = 0,
            2 => damage(random, &mut literals),
            3 => damage(random, &mut distances),
            4 => literals.resize(287, 0),
            5 => distances.resize(random.between(31, 32_usize), 0),
            _ => {
                // As few as needed, or more.
                literals.truncate(random.between(257.max(used(&literals)), 286));
                distances.truncate(random.between(1.max(used(&distances)), 30));
            }
        }
        self.code_lengths(random, &literals, &distances, fault == 6);
        self.symbols(random, &literals, &distances, fault == 7);
    }

    /// Writes the lengths of a block's codes.
    fn code_lengths(
        &mut self,
        random: &mut Random,
        literals: &[u8],
        distances: &[u8],
        fails: bool,
    ) {
        let mut tokens = tokens(random, &[literals, distances].concat());
        let mut extra_symbols = vec![];
        match random.below(3) {
            0 if fails => tokens.insert(0, (16, 0, 2)),
            1 if fails => {
                tokens.pop();
                tokens.push((18, 127, 7));
            }
            _ if fails => extra_symbols = vec![1, 1, 2, 2, 3, 3],
            _ => {}
        }
        let mut symbols = Vec::from_iter(tokens.iter().map(|(symbol, ..)| *symbol));
        symbols.sort_unstable();
        symbols.dedup();
        // The code has to be complete.
        while symbols.len() < 2 {
            symbols.push(random.below(19));
            symbols.dedup();
        }
        let mut lengths = random_lengths(random, symbols, 19, 7);
        for symbol in extra_symbols {
            lengths[symbol] = 1;
        }
        const ORDER: [usize; 19] = [
            16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
        ];
        let sent = ORDER.map(|symbol| lengths[symbol]);
        let count = random.between(4.max(used(&sent)), 19);
        self.bits.put(literals.len() as u64 - 257, 5);
        self.bits.put(distances.len() as u64 - 1, 5);
        self.bits.put(count as u64 - 4, 4);
        for length in &sent[..count] {
            self.bits.put(u64::from(*length), 3);
        }
        let codes = codes(&lengths);
        for (symbol, extra, bits) in tokens {
            self.bits.code(&codes, symbol);
            self.bits.put(extra, bits);
        }
    }

    /// Writes random symbols and the end of the block.
    fn symbols(&mut self, random: &mut Random, literals: &[u8], distances: &[u8], fails: bool) {
        let literal_codes = codes(literals);
        let distance_codes = codes(distances);
        let coded = |lengths: &[u8], from: usize, to: usize| {
            let symbols = (from..to.min(lengths.len())).filter(|symbol| lengths[*symbol] > 0);
            Vec::from_iter(symbols)
        };
        let characters = coded(literals, 32, 127);
        let lengths = coded(literals, 257, 286);
        let far = coded(distances, 0, 30);
        let most = random.pick(&[0, 20, 400]);
        for _ in 0..random.below(most + 1) {
            let near = far.iter().filter(|far| DISTANCES[**far].0 <= self.inflated);
            let near = Vec::from_iter(near.copied());
            if !lengths.is_empty() && !near.is_empty() && random.once_in(2) {
                let symbol = random.pick(&lengths);
                let (base, bits) = LENGTHS[symbol - 257];
                let extra = random.below(1 << bits);
                self.bits.code(&literal_codes, symbol);
                self.bits.put(extra, bits);
                let length = base + extra as usize;
                let symbol = random.pick(&near);
                let (base, bits) = DISTANCES[symbol];
                let within = (self.inflated - base + 1).min(1 << bits);
                let extra = random.below(within as u64);
                self.bits.code(&distance_codes, symbol);
                self.bits.put(extra, bits);
                self.inflated += length;
            } else if !characters.is_empty() {
                self.bits.code(&literal_codes, random.pick(&characters));
                self.inflated += 1;
            }
        }
        if fails && let (Some(length), Some(far)) = (lengths.first(), far.last()) {
            // Too far back, unless the stream is long.
            self.bits.code(&literal_codes, *length);
            self.bits.put(0, LENGTHS[length - 257].1);
            self.bits.code(&distance_codes, *far);
            self.bits
                .put((1 << DISTANCES[*far].1) - 1, DISTANCES[*far].1);
        }
        self.bits.code(&literal_codes, END_OF_BLOCK);
    }
}

/// Returns the lengths of complete codes of random symbols, and sometimes of few or no distances.
fn random_codes(random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let mut symbols = vec![END_OF_BLOCK];
    let most = random.pick(&[0, 3, 30, 200]);
    for _ in 0..random.below(most + 1) {
        symbols.push(match random.below(8) {
            0 => random.below(256_usize),
            1..4 => random.between(257, 285_usize),
            _ => random.between(32, 126_usize),
        });
    }
    let literals = random_lengths(random, symbols, 286, 15);
    let symbols = (0..random.pick(&[0, 1, 5, 60])).map(|_| random.below(30_usize));
    let symbols = Vec::from_iter(symbols);
    (literals, random_lengths(random, symbols, 30, 15))
}

/// Returns the number of elements up to the last one that is not zero.
fn used(lengths: &[u8]) -> usize {
    lengths
        .iter()
        .rposition(|length| *length > 0)
        .map_or(0, |last| last + 1)
}

/// Makes a code incomplete or over-subscribed, or leaves it as it is.
fn damage(random: &mut Random, lengths: &mut [u8]) {
    if random.once_in(3) && lengths.iter().all(|length| *length < 15) {
        // Exactly one half of the codes stands for a symbol.
        let used = lengths.iter_mut().filter(|length| **length > 0);
        used.for_each(|length| *length += 1);
    } else {
        let symbol = random.below(lengths.len());
        lengths[symbol] = random.below(16);
    }
}

/// Returns the lengths of a complete code of these symbols, or with one bit of a single symbol.
fn random_lengths(
    random: &mut Random,
    mut symbols: Vec<usize>,
    count: usize,
    most_bits: u8,
) -> Vec<u8> {
    let mut lengths = vec![0; count];
    symbols.sort_unstable();
    symbols.dedup();
    let mut leaves = vec![0];
    while leaves.len() < symbols.len() {
        // The last leaf results in long codes.
        let leaf = if random.once_in(3) {
            leaves.len() - 1
        } else {
            random.below(leaves.len())
        };
        if leaves[leaf] < most_bits {
            leaves[leaf] += 1;
            leaves.push(leaves[leaf]);
        }
    }
    random.shuffle(&mut leaves);
    for (symbol, bits) in symbols.into_iter().zip(leaves) {
        lengths[symbol] = bits.max(1);
    }
    lengths
}

/// Returns lengths as symbols of the code length code, each with its extra bits and their number.
fn tokens(random: &mut Random, lengths: &[u8]) -> Vec<(usize, u64, u32)> {
    let mut tokens = vec![];
    let mut at = 0;
    while at < lengths.len() {
        let length = lengths[at];
        let run = lengths[at..]
            .iter()
            .take_while(|other| **other == length)
            .count();
        let repeats = at > 0 && lengths[at - 1] == length;
        if length == 0 && run >= 11 && !random.once_in(8) {
            let run = run.min(138);
            tokens.push((18, run as u64 - 11, 7));
            at += run;
        } else if length == 0 && run >= 3 && !random.once_in(8) {
            let run = run.min(10);
            tokens.push((17, run as u64 - 3, 3));
            at += run;
        } else if repeats && run >= 3 && !random.once_in(4) {
            let run = run.min(random.between(3, 6));
            tokens.push((16, run as u64 - 3, 2));
            at += run;
        } else {
            tokens.push((usize::from(length), 0, 0));
            at += 1;
        }
    }
    tokens
}

/// Returns the canonical code of each symbol, in the order in which its bits are written, and their number.
fn codes(lengths: &[u8]) -> Vec<(u64, u32)> {
    let mut codes = vec![(0, 0); lengths.len()];
    let mut next = 0_u32;
    for bits in 1..=15 {
        next <<= 1;
        for (symbol, _) in lengths
            .iter()
            .enumerate()
            .filter(|(_, length)| **length == bits)
        {
            let bits = u32::from(bits);
            codes[symbol] = (u64::from(next.reverse_bits() >> (32 - bits)), bits);
            next = next.wrapping_add(1);
        }
    }
    codes
}

/// Writes bits, the lowest of each byte first.
#[derive(Debug, Default)]
struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    fn put(&mut self, value: u64, bits: u32) {
        self.pending |= value << self.count;
        self.count += bits;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    fn code(&mut self, codes: &[(u64, u32)], symbol: usize) {
        let (code, bits) = codes[symbol];
        self.put(code, bits);
    }

    fn align(&mut self) {
        self.put(0, (8 - self.count) % 8);
    }
}

#[cfg(test)]
mod tests {
    use super::{DeflateStream, Faults, codes, random_lengths};
    use crate::Random;

    #[test]
    fn codes_are_those_of_the_standard() {
        // The example of RFC 1951, 3.2.2, with the bits in the order in which they are written.
        let lengths = [3, 3, 3, 3, 3, 2, 4, 4];
        let written = [0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111];
        let expected = written.into_iter().zip(lengths.map(u32::from));
        assert_eq!(codes(&lengths), Vec::from_iter(expected));
    }

    #[test]
    fn random_codes_are_complete() {
        let mut random = Random::new(1);
        for count in 2..=286 {
            let lengths = random_lengths(&mut random, (0..count).collect(), 286, 15);
            let used = lengths.iter().filter(|length| **length > 0);
            assert_eq!(used.map(|length| 1 << (15 - length)).sum::<u32>(), 1 << 15);
        }
    }

    #[test]
    fn messages_end_with_a_sync_flush() {
        let mut random = Random::new(1);
        let mut stream = DeflateStream::new();
        for _ in 0..100 {
            let message = stream.message(&mut random, Faults::None);
            assert!(message.ends_with(&[0, 0, 0xff, 0xff]));
        }
    }
}
