use super::error::ZstdError;
use super::huffman_weights::Weights;
use super::reverse_bits::ReverseBits;

/// The most bits of a code (RFC 8878, 4.2.1).
pub(super) const MAX_BITS: usize = 11;

/// The symbols that are decoded of one word.
const PER_WORD: usize = 5;

/// The Huffman code of a stream's literals, which later blocks may repeat.
#[derive(Debug)]
pub(super) struct HuffmanCode {
    /// Indexed by as many bits as the longest code has. The symbol is in the lower byte, the number of its bits in the
    /// upper one.
    entries: Vec<u16>,
    bits: u32,
    state: CodeState,
}

/// Whether the code is one of this frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum CodeState {
    Undefined,
    Defined,
}

impl HuffmanCode {
    pub(super) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            bits: 0,
            state: CodeState::Undefined,
        }
    }

    /// Forgets the code, as a new frame does. Keeps the memory.
    pub(super) const fn reset(&mut self) {
        self.state = CodeState::Undefined;
    }

    pub(super) const fn check_defined(&self) -> Result<(), ZstdError> {
        match self.state {
            CodeState::Defined => Ok(()),
            CodeState::Undefined => Err(ZstdError::NothingToRepeat),
        }
    }

    /// Reads the code that a part of the input starts with, and returns its size.
    pub(super) fn read(
        &mut self,
        input: &[u8],
        start: usize,
        end: usize,
    ) -> Result<usize, ZstdError> {
        self.state = CodeState::Undefined;
        let (weights, size) = Weights::read(input, start, end)?;
        self.build(&weights);
        self.state = CodeState::Defined;
        Ok(size)
    }

    /// Fills the table: longer codes are first, and codes of the same length have the order of the symbols.
    fn build(&mut self, weights: &Weights) {
        let bits = weights.max_bits;
        self.bits = bits;
        self.entries.clear();
        self.entries.reserve_exact(1 << bits);
        let mut starts = [0_usize; 16];
        let mut start = 0;
        for (first, count) in starts.iter_mut().zip(&weights.counts) {
            *first = start;
            start += usize::from(*count);
        }
        let sorted_from = starts;
        let mut sorted = [0_u8; 256];
        for (symbol, weight) in weights.as_slice().iter().enumerate() {
            let place = &mut starts[usize::from(*weight) % 16];
            sorted[*place % 256] = symbol as u8;
            *place += 1;
        }
        for weight in 1..=MAX_BITS.min(bits as usize) {
            let first = sorted_from[weight];
            let symbols = &sorted[first..first + usize::from(weights.counts[weight])];
            let length = (bits + 1 - weight as u32) << 8;
            let entries = symbols
                .iter()
                .map(|symbol| length as u16 | u16::from(*symbol));
            match weight {
                1 => self.entries.extend(entries),
                2 => entries.for_each(|entry| self.entries.extend_from_slice(&[entry; 2])),
                3 => entries.for_each(|entry| self.entries.extend_from_slice(&[entry; 4])),
                4 => entries.for_each(|entry| self.entries.extend_from_slice(&[entry; 8])),
                _ => entries.for_each(|entry| {
                    let length = self.entries.len() + (1 << (weight - 1));
                    self.entries.resize(length, entry);
                }),
            }
        }
        debug_assert_eq!(
            self.entries.len(),
            1 << bits,
            "the weights are a complete code"
        );
    }

    /// Decodes as many literals as there is space for, from a stream that has to end with the last of them.
    pub(super) fn decode(
        &self,
        mut bits: ReverseBits<'_>,
        space: &mut [u8],
    ) -> Result<(), ZstdError> {
        let shift = 64 - self.bits;
        let entries = &self.entries[..];
        let (groups, rest) = space.as_chunks_mut::<PER_WORD>();
        for group in groups {
            let mut word = bits.word();
            let mut used = 0;
            for literal in group {
                let entry = self.entry(entries, word >> shift);
                *literal = entry as u8;
                let length = u32::from(entry >> 8);
                word <<= length;
                used += length;
            }
            bits.skip(used);
        }
        let mut word = bits.word();
        for literal in rest {
            let entry = self.entry(entries, word >> shift);
            *literal = entry as u8;
            let length = u32::from(entry >> 8);
            word <<= length;
            bits.skip(length);
        }
        bits.finish(ZstdError::LiteralsStream)
    }

    /// Decodes four streams, each of which has a quarter of the literals, except for the last, which may have fewer.
    pub(super) fn decode_four(
        &self,
        mut streams: [ReverseBits<'_>; 4],
        space: &mut [u8],
    ) -> Result<(), ZstdError> {
        let quarter = space.len().div_ceil(4);
        let Some((first, rest)) = space.split_at_mut_checked(quarter) else {
            return Err(ZstdError::LiteralsSize);
        };
        let Some((second, rest)) = rest.split_at_mut_checked(quarter) else {
            return Err(ZstdError::LiteralsSize);
        };
        let Some((third, fourth)) = rest.split_at_mut_checked(quarter) else {
            return Err(ZstdError::LiteralsSize);
        };
        // What one stream waits for, the others do meanwhile.
        let shift = 64 - self.bits;
        let entries = &self.entries[..];
        let groups = fourth.len() / PER_WORD;
        let mut parts =
            [first, second, third, fourth].map(|part| part.split_at_mut(groups * PER_WORD));
        let [one, two, three, four] = &mut parts;
        let together = one
            .0
            .as_chunks_mut::<PER_WORD>()
            .0
            .iter_mut()
            .zip(two.0.as_chunks_mut::<PER_WORD>().0)
            .zip(three.0.as_chunks_mut::<PER_WORD>().0)
            .zip(four.0.as_chunks_mut::<PER_WORD>().0);
        let [mut a, mut b, mut c, mut d] = streams;
        for (((one, two), three), four) in together {
            let mut words = [a.word(), b.word(), c.word(), d.word()];
            let mut used = [0; 4];
            for index in 0..PER_WORD {
                let targets = [
                    &mut one[index],
                    &mut two[index],
                    &mut three[index],
                    &mut four[index],
                ];
                for ((target, word), used) in targets.into_iter().zip(&mut words).zip(&mut used) {
                    let entry = self.entry(entries, *word >> shift);
                    *target = entry as u8;
                    let length = u32::from(entry >> 8);
                    *word <<= length;
                    *used += length;
                }
            }
            a.skip(used[0]);
            b.skip(used[1]);
            c.skip(used[2]);
            d.skip(used[3]);
        }
        streams = [a, b, c, d];
        for (stream, (_, rest)) in streams.into_iter().zip(parts) {
            self.decode(stream, rest)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn entry(&self, entries: &[u16], index: u64) -> u16 {
        // The index is below the number of entries.
        entries.get(index as usize).copied().unwrap_or_default()
    }
}
