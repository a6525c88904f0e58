//! What the symbols of deflate mean (RFC 1951, 3.2.5), as the entries of the decoding tables.
//!
//! ```text
//!  31        30..16            15            14..12   11..8       5..0
//!  LITERAL   literal or base   EXCEPTIONAL   which    code bits   code bits + extra bits
//! ```

use super::code_lengths::LITERAL_WORDS;

/// An entry of a decoding table.
pub(super) type Entry = u32;

/// The symbol is a literal. The sign bit, which is the cheapest to test.
pub(super) const LITERAL: Entry = 1 << 31;
/// The entry is neither a literal nor a base.
pub(super) const EXCEPTIONAL: Entry = 1 << 15;
/// The end of the block.
pub(super) const END_OF_BLOCK: Entry = EXCEPTIONAL | 1 << 14;
/// The code is longer than the index of the table.
pub(super) const LONG: Entry = EXCEPTIONAL | 1 << 13;
/// The code stands for nothing.
pub(super) const INVALID: Entry = EXCEPTIONAL | 1 << 12 | LENGTH_UNIT;
/// Added once for each bit of the code.
pub(super) const LENGTH_UNIT: Entry = 0x101;

/// The entries of literals and lengths, for codes without bits, in groups of 64 symbols.
pub(super) static LITERAL_ENTRIES: [[Entry; 64]; LITERAL_WORDS] = literal_entries();
/// The entries of distances, for codes without bits.
pub(super) static DISTANCE_ENTRIES: [[Entry; 64]; 1] = distance_entries();

/// A symbol that only the fixed code contains, or none.
const NO_SYMBOL: Entry = EXCEPTIONAL | 1 << 12;

pub(super) const fn literal_entries() -> [[Entry; 64]; LITERAL_WORDS] {
    let mut entries = [[NO_SYMBOL; 64]; LITERAL_WORDS];
    let mut symbol = 0;
    while symbol < 256 {
        entries[symbol / 64][symbol % 64] = LITERAL | (symbol as Entry) << 16;
        symbol += 1;
    }
    entries[4][0] = END_OF_BLOCK;
    let mut place = 1;
    let mut base = 3;
    while place < 29 {
        let extra = if place < 9 {
            0
        } else {
            (place as Entry - 5) / 4
        };
        entries[4][place] = base << 16 | extra;
        base += 1 << extra;
        place += 1;
    }
    entries[4][29] = 258 << 16;
    entries
}

pub(super) const fn distance_entries() -> [[Entry; 64]; 1] {
    let mut entries = [[NO_SYMBOL; 64]];
    let mut symbol = 0;
    let mut base = 1;
    while symbol < 30 {
        let extra = if symbol < 4 {
            0
        } else {
            (symbol as Entry - 2) / 2
        };
        entries[0][symbol] = base << 16 | extra;
        base += 1 << extra;
        symbol += 1;
    }
    entries
}

/// The bits that an entry's code and its extra bits have together.
#[inline(always)]
pub(super) const fn total_bits(entry: Entry) -> u32 {
    entry & 63
}

/// The base of a length or distance, plus the extra bits that follow its code in `buffer`.
#[inline(always)]
pub(super) fn value(entry: Entry, buffer: u64) -> usize {
    // Looked up in less time than computed.
    let bits = buffer & MASKS[total_bits(entry) as usize];
    (entry >> 16) as usize + (bits >> (entry >> 8 & 63)) as usize
}

/// For each number of bits, a mask of the lowest ones.
static MASKS: [u64; 64] = {
    let mut masks = [0; 64];
    let mut bits = 0;
    while bits < 64 {
        masks[bits] = (1 << bits) - 1;
        bits += 1;
    }
    masks
};

#[cfg(test)]
mod tests {
    use super::{DISTANCE_ENTRIES, EXCEPTIONAL, LITERAL, LITERAL_ENTRIES, total_bits};

    #[test]
    fn bases_and_extra_bits_are_those_of_the_standard() {
        // The tables of RFC 1951, 3.2.5, at both ends of each number of extra bits.
        let length = |symbol: usize| LITERAL_ENTRIES[symbol / 64][symbol % 64];
        for (symbol, base, extra) in [
            (257, 3, 0),
            (264, 10, 0),
            (265, 11, 1),
            (268, 17, 1),
            (269, 19, 2),
            (273, 35, 3),
            (277, 67, 4),
            (281, 131, 5),
            (284, 227, 5),
            (285, 258, 0),
        ] {
            assert_eq!(
                (length(symbol) >> 16, total_bits(length(symbol))),
                (base, extra)
            );
        }
        for (symbol, base, extra) in [
            (0, 1, 0),
            (3, 4, 0),
            (4, 5, 1),
            (6, 9, 2),
            (17, 385, 7),
            (27, 12_289, 12),
            (28, 16_385, 13),
            (29, 24_577, 13),
        ] {
            let entry = DISTANCE_ENTRIES[0][symbol];
            assert_eq!((entry >> 16, total_bits(entry)), (base, extra));
        }
    }

    #[test]
    fn symbols_without_a_meaning_are_exceptional() {
        assert_eq!(LITERAL_ENTRIES[1][1], LITERAL | 65 << 16);
        for entry in [
            LITERAL_ENTRIES[4][30],
            LITERAL_ENTRIES[4][31],
            DISTANCE_ENTRIES[0][30],
        ] {
            assert_eq!(entry & (LITERAL | EXCEPTIONAL), EXCEPTIONAL);
        }
    }
}
