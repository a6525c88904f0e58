//! A block of bytes, which are compared at once.

use wide::u8x16;

/// The bytes of a block.
pub(crate) const BLOCK: usize = 32;

/// The bytes of half a block.
pub(crate) const HALF: usize = BLOCK / 2;

/// Half a block.
#[derive(Clone, Copy)]
pub(crate) struct Half(u8x16);

impl Half {
    #[inline(always)]
    pub(crate) fn new(bytes: &[u8; HALF]) -> Self {
        Self(u8x16::new(*bytes))
    }

    /// The place of the first quote or backslash, or [`HALF`] if there is none.
    #[inline(always)]
    pub(crate) fn first_quote_or_backslash(self) -> usize {
        let found = quotes_and_backslashes(self.0).to_bitmask() | 1 << HALF;
        found.trailing_zeros() as usize
    }
}

/// A block. What is found has a bit for each byte, that of the first one lowest.
#[derive(Clone, Copy)]
pub(crate) struct Block(u8x16, u8x16);

impl Block {
    #[inline(always)]
    pub(crate) fn new(bytes: &[u8; BLOCK]) -> Self {
        let half = |start| u8x16::new(std::array::from_fn(|byte| bytes[start + byte]));
        Self(half(0), half(HALF))
    }

    /// The first bytes of a text that is shorter than a block, and zeros after them.
    #[cold]
    pub(crate) fn padded(text: &[u8]) -> [u8; BLOCK] {
        let mut bytes = [0; BLOCK];
        for (padded, byte) in bytes.iter_mut().zip(text) {
            *padded = *byte;
        }
        bytes
    }

    /// The bytes that have this value.
    #[inline(always)]
    pub(crate) fn equal(self, value: u8) -> u32 {
        self.find(|half| half.simd_eq(u8x16::splat(value)))
    }

    /// The quotes and backslashes.
    #[inline(always)]
    pub(crate) fn quotes_and_backslashes(self) -> u32 {
        self.find(quotes_and_backslashes)
    }

    /// The brackets, the backslashes and each `|`: the bytes that are one of `{|}` with the bit of small letters.
    #[inline(always)]
    pub(crate) fn brackets_and_backslashes(self) -> u32 {
        self.find(|half| at_most_two(distance(half)))
    }

    /// Whether there are brackets or backslashes, or a `|`.
    #[inline(always)]
    pub(crate) fn has_brackets_or_backslashes(self) -> bool {
        at_most_two(distance(self.0).min(distance(self.1))).to_bitmask() != 0
    }

    /// Whether the number of quotes is odd.
    #[inline(always)]
    pub(crate) fn has_odd_quotes(self) -> bool {
        let [first, second] = [self.0, self.1].map(|half| half.simd_eq(u8x16::splat(b'"')));
        (first ^ second).to_bitmask().count_ones() & 1 == 1
    }

    #[inline(always)]
    fn find(self, compare: impl Fn(u8x16) -> u8x16) -> u32 {
        compare(self.0).to_bitmask() | compare(self.1).to_bitmask() << 16
    }
}

#[inline(always)]
fn quotes_and_backslashes(bytes: u8x16) -> u8x16 {
    bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\'))
}

/// How far the bytes are above `{`, after those of `[\]` became `{|}`.
#[inline(always)]
fn distance(bytes: u8x16) -> u8x16 {
    (bytes | u8x16::splat(0x20)) - u8x16::splat(b'{')
}

#[inline(always)]
fn at_most_two(bytes: u8x16) -> u8x16 {
    bytes.min(u8x16::splat(2)).simd_eq(bytes)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Block, HALF, Half};

    #[test]
    fn bits_are_those_of_the_bytes() {
        for byte in 0..=u8::MAX {
            for place in 0..BLOCK {
                let mut bytes = [b'x'; BLOCK];
                bytes[place] = byte;
                bytes[BLOCK - 1 - place] = byte;
                let expected = |values: &[u8]| {
                    let bits = bytes.iter().enumerate();
                    bits.fold(0, |bits, (place, byte)| {
                        bits | u32::from(values.contains(byte)) << place
                    })
                };
                let block = Block::new(&bytes);
                assert_eq!(block.equal(byte), expected(&[byte]));
                let quotes = expected(b"\"\\");
                assert_eq!(block.quotes_and_backslashes(), quotes);
                let half = Half::new(bytes.first_chunk().unwrap());
                let first = HALF.min(quotes.trailing_zeros() as usize);
                assert_eq!(half.first_quote_or_backslash(), first);
                let special = expected(b"[]{}\\|");
                assert_eq!(block.brackets_and_backslashes(), special);
                assert_eq!(block.has_brackets_or_backslashes(), special != 0);
            }
        }
    }

    #[test]
    fn quotes_are_counted() {
        for first in 0..BLOCK {
            let mut bytes = [b'#'; BLOCK];
            bytes[first] = b'"';
            assert!(Block::new(&bytes).has_odd_quotes());
            for second in (0..BLOCK).filter(|second| *second != first) {
                bytes[second] = b'"';
                assert!(!Block::new(&bytes).has_odd_quotes());
                bytes[second] = b'#';
            }
        }
    }
}
