use super::code_lengths::{MAX_BITS, Rows};
use super::symbols::{Entry, INVALID, LENGTH_UNIT, LONG};

/// The set of numbers of bits that has only the number one.
const ONE_BIT: u32 = 1 << 1;

/// A Huffman code: a table for codes of at most `ROOT_BITS` bits, and a sorted list of the longer ones.
///
/// Building tables takes longer than decoding a small message with them. Codes with more bits than the index of the
/// table are rare in small messages, so there are no further tables for them.
#[derive(Debug)]
pub(super) struct Code<const ROOT: usize, const WORDS: usize> {
    /// Indexed by the next bits of the input, of which the mask selects as many as the longest code has.
    root: [Entry; ROOT],
    mask: usize,
    /// The entries of longer codes, in the order of the codes.
    long: [[Entry; 64]; WORDS],
    /// For each number of bits, the first code that is larger, with 16 bits.
    limits: [u32; MAX_BITS + 1],
    /// For each number of bits, the difference of a symbol's place in `long` and its code.
    biases: [u32; MAX_BITS + 1],
}

/// The code is incomplete or over-subscribed.
pub(super) struct InvalidCode;

impl<const ROOT: usize, const WORDS: usize> Code<ROOT, WORDS> {
    const ROOT_BITS: usize = ROOT.trailing_zeros() as usize;
    const REVERSED: [u16; ROOT] = reversed();

    pub(super) const fn new() -> Self {
        Self {
            root: [INVALID; ROOT],
            mask: 0,
            long: [[INVALID; 64]; WORDS],
            limits: [0; MAX_BITS + 1],
            biases: [0; MAX_BITS + 1],
        }
    }

    /// The code of these lengths, at most [`Self::ROOT_BITS`], which has to be complete.
    pub(super) const fn constant(lengths: &[u8], entries: &[[Entry; 64]; WORDS]) -> Self {
        let mut code = Self::new();
        code.mask = ROOT - 1;
        let mut next = 0;
        let mut bits = 1;
        while bits <= Self::ROOT_BITS {
            let mut symbol = 0;
            while symbol < lengths.len() {
                if lengths[symbol] as usize == bits {
                    let mut at = Self::REVERSED[next] as usize;
                    while at < ROOT {
                        let entry = entries[symbol / 64][symbol % 64];
                        code.root[at] = entry + bits as Entry * LENGTH_UNIT;
                        at += 1 << bits;
                    }
                    next += 1 << (Self::ROOT_BITS - bits);
                }
                symbol += 1;
            }
            bits += 1;
        }
        code
    }

    /// Looks the next code up.
    #[inline(always)]
    pub(super) const fn entry(&self, buffer: u64) -> Entry {
        // The second mask shows the compiler that the index is valid.
        self.root[buffer as usize & self.mask & (ROOT - 1)]
    }

    /// Decodes a code for which the table has the entry [`LONG`].
    #[cold]
    #[inline(never)]
    pub(super) fn long_entry(&self, buffer: u64) -> Entry {
        let code = u32::from((buffer as u16).reverse_bits());
        for bits in Self::ROOT_BITS + 1..=MAX_BITS {
            if code < self.limits[bits] {
                let place = (code >> (16 - bits)).wrapping_add(self.biases[bits]);
                let entries = self.long.as_flattened();
                return entries.get(place as usize).copied().unwrap_or(INVALID);
            }
        }
        INVALID
    }

    /// Builds the code of the symbols in the rows from the word `first` on. `all_bits` is the set of the numbers of
    /// bits that occur, and maybe zero.
    ///
    /// As zlib does, it accepts two codes that are incomplete: that of one symbol, with one bit, and that of none.
    #[inline(never)]
    pub(super) fn build(
        &mut self,
        rows: &Rows,
        first: usize,
        all_bits: u32,
        entries: &[[Entry; 64]; WORDS],
    ) -> Result<(), InvalidCode> {
        let all_bits = all_bits & !1;
        let mut in_root = all_bits & ((2 << Self::ROOT_BITS) - 1);
        let mut filled = 0;
        // The next code, with as many bits as an index of the table.
        let mut next = 0;
        while in_root != 0 {
            let bits = in_root.trailing_zeros() as usize % (MAX_BITS + 1);
            in_root &= in_root - 1;
            self.fill_up(&mut filled, bits, next);
            let unit = bits as Entry * LENGTH_UNIT;
            let step = ROOT >> bits;
            for (word, entries) in rows[bits][first..].iter().zip(entries) {
                let mut symbols = *word;
                while symbols != 0 {
                    let entry = entries[symbols.trailing_zeros() as usize % 64];
                    symbols &= symbols - 1;
                    // An over-subscribed code is rejected below.
                    let at = usize::from(Self::REVERSED[next % ROOT]);
                    self.root[at % ROOT] = entry + unit;
                    next += step;
                }
            }
        }
        if all_bits >> (Self::ROOT_BITS + 1) != 0 {
            self.fill_up(&mut filled, Self::ROOT_BITS, next);
            return self.build_long(rows, first, next, entries);
        }
        self.mask = (1 << filled) - 1;
        match all_bits {
            _ if next == ROOT => Ok(()),
            0 => {
                self.mask = 0;
                self.root[0] = INVALID;
                Ok(())
            }
            ONE_BIT if next == ROOT / 2 => {
                self.root[1] = INVALID;
                Ok(())
            }
            _ => Err(InvalidCode),
        }
    }

    /// Doubles the table up to an index of `bits` bits. The bits that are added do not matter for the codes so far.
    #[inline(always)]
    fn fill_up(&mut self, filled: &mut usize, bits: usize, next: usize) {
        while *filled < bits {
            if next > 0 {
                let (done, free) = self.root.split_at_mut(1 << *filled);
                free[..1 << *filled].copy_from_slice(done);
            }
            *filled += 1;
        }
    }

    #[cold]
    #[inline(never)]
    fn build_long(
        &mut self,
        rows: &Rows,
        first: usize,
        next: usize,
        entries: &[[Entry; 64]; WORDS],
    ) -> Result<(), InvalidCode> {
        self.mask = ROOT - 1;
        for at in &Self::REVERSED[next.min(ROOT)..] {
            self.root[usize::from(*at) % ROOT] = LONG;
        }
        let mut code = (next as u32) << (16 - Self::ROOT_BITS);
        let mut place = 0;
        for (bits, row) in rows.iter().enumerate().skip(Self::ROOT_BITS + 1) {
            self.biases[bits] = (place as u32).wrapping_sub(code >> (16 - bits));
            for (word, entries) in row[first..].iter().zip(entries) {
                let mut symbols = *word;
                while symbols != 0 {
                    let entry = entries[symbols.trailing_zeros() as usize % 64];
                    symbols &= symbols - 1;
                    self.long[place / 64 % WORDS][place % 64] = entry + bits as Entry * LENGTH_UNIT;
                    place += 1;
                    code += 1 << (16 - bits);
                }
            }
            self.limits[bits] = code;
        }
        if code == 1 << 16 {
            Ok(())
        } else {
            Err(InvalidCode)
        }
    }
}

/// The numbers below `ROOT` with their bits in reverse order.
const fn reversed<const ROOT: usize>() -> [u16; ROOT] {
    let mut reversed = [0; ROOT];
    let mut number = 0;
    while number < ROOT {
        reversed[number] = (number as u16).reverse_bits() >> (16 - ROOT.trailing_zeros());
        number += 1;
    }
    reversed
}
