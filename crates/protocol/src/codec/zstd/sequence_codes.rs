//! What the symbols of sequences stand for, and the tables of blocks that describe none (RFC 8878, 3.1.1.3.2).

use super::table::{Cell, Meaning, constant, meaning};

/// The last symbol for lengths of literals, for lengths of matches, and for offsets.
pub(super) const LAST_LITERALS_CODE: usize = 35;
pub(super) const LAST_MATCH_CODE: usize = 52;
pub(super) const LAST_OFFSET_CODE: usize = 31;

/// The exponents of the largest tables.
pub(super) const MAX_LITERALS_LOG: u32 = 9;
pub(super) const MAX_MATCH_LOG: u32 = 9;
pub(super) const MAX_OFFSET_LOG: u32 = 8;

/// Larger codes stand for offsets past any window.
const LAST_POSSIBLE_OFFSET_CODE: u32 = 22;

/// What the codes of offsets stand for: numbers with as many bits after the first.
pub(super) static OFFSET_CODES: [Meaning; 64] = {
    // A number that is never within the window.
    let mut codes = [meaning(u32::MAX, 0); 64];
    let mut code = 0;
    while code <= LAST_POSSIBLE_OFFSET_CODE {
        codes[code as usize] = meaning(1 << code, code);
        code += 1;
    }
    codes
};

pub(super) static LITERALS_CODES: [Meaning; 64] = length_codes(
    0,
    &[
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15, 16,
    ],
);

pub(super) static MATCH_CODES: [Meaning; 64] = length_codes(
    3,
    &[
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    ],
);

/// Codes of which each starts where the one before ends.
const fn length_codes(first: u32, bits: &[u32]) -> [Meaning; 64] {
    let mut codes = [0; 64];
    let mut length = first;
    let mut code = 0;
    while code < bits.len() {
        codes[code] = meaning(length, bits[code]);
        length += 1 << bits[code];
        code += 1;
    }
    codes
}

pub(super) static PREDEFINED_LITERALS: [Cell; 64] = constant(
    &[
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1,
        1, 1, -1, -1, -1, -1,
    ],
    &LITERALS_CODES,
);

pub(super) static PREDEFINED_MATCHES: [Cell; 64] = constant(
    &[
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    &MATCH_CODES,
);

pub(super) static PREDEFINED_OFFSETS: [Cell; 32] = constant(
    &[
        1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
    ],
    &OFFSET_CODES,
);

#[cfg(test)]
mod tests {
    use super::{LITERALS_CODES, MATCH_CODES, OFFSET_CODES};
    use crate::codec::zstd::table::meaning;

    #[test]
    fn codes_are_those_of_the_standard() {
        let known = [
            (15, 15, 0),
            (16, 16, 1),
            (20, 24, 2),
            (25, 64, 6),
            (26, 128, 7),
            (35, 65_536, 16),
        ];
        for (code, first, bits) in known {
            assert_eq!(LITERALS_CODES[code], meaning(first, bits));
        }
        let known = [
            (0, 3, 0),
            (31, 34, 0),
            (32, 35, 1),
            (36, 43, 2),
            (42, 99, 5),
            (43, 131, 7),
            (52, 65_539, 16),
        ];
        for (code, first, bits) in known {
            assert_eq!(MATCH_CODES[code], meaning(first, bits));
        }
        assert_eq!(OFFSET_CODES[2], meaning(4, 2));
    }
}
