use super::error::ZstdError;

/// The bits of a word that are valid at least.
pub(super) const WORD_BITS: u32 = 57;

/// Reads bits from the end of a part of the input to its start, the highest of each byte first.
///
/// A position is a number of bits of the input. It may pass the start of the part, since only the end of the
/// reading shows whether all of it was read, and no more. What is read there has no meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReverseBits<'a> {
    input: &'a [u8],
    start: usize,
    position: usize,
}

impl<'a> ReverseBits<'a> {
    /// Starts at the highest bit that is set of the last byte, which is not part of the content.
    pub(super) fn new(input: &'a [u8], start: usize, end: usize) -> Option<Self> {
        let last = *input.get(start..end)?.last()?;
        let unused = last.checked_ilog2()? as usize;
        Some(Self {
            input,
            start: start * 8,
            position: (end - 1) * 8 + unused,
        })
    }

    /// The next bits, the first as the highest. At least [`WORD_BITS`] are valid.
    #[inline(always)]
    pub(super) fn word(&self) -> u64 {
        // The first of eight bytes, of which the last has the next bit.
        let place = self.position.wrapping_sub(WORD_BITS as usize);
        let first = place / 8;
        let bytes = self.input.get(first..first + 8);
        let word = match bytes.and_then(<[u8]>::first_chunk) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => first_word(self.input, self.position),
        };
        word << (!place & 7)
    }

    /// Continues after bits that were used of the word.
    #[inline(always)]
    pub(super) const fn skip(&mut self, bits: u32) {
        self.position = self.position.wrapping_sub(bits as usize);
    }

    /// Takes bits back that were skipped.
    #[inline(always)]
    pub(super) const fn skip_back(&mut self, bits: u32) {
        self.position = self.position.wrapping_add(bits as usize);
    }

    /// The number of bits that are left, or `None` if more were read than there are.
    #[inline(always)]
    pub(super) const fn left(&self) -> Option<usize> {
        let left = self.position.wrapping_sub(self.start);
        if left > isize::MAX as usize {
            None
        } else {
            Some(left)
        }
    }

    /// Fails with this error unless all bits were read, and no more.
    pub(super) fn finish(&self, error: ZstdError) -> Result<(), ZstdError> {
        if self.position == self.start {
            Ok(())
        } else {
            Err(error)
        }
    }

    /// Reads at most 31 bits.
    #[inline(always)]
    pub(super) fn take(&mut self, bits: u32) -> u32 {
        let value = rotate_out(&mut self.word(), bits);
        self.skip(bits);
        value
    }
}

/// The bits at the start of the input, which is preceded by zeros.
#[cold]
#[inline(never)]
fn first_word(input: &[u8], position: usize) -> u64 {
    let mut bytes = [0; 8];
    if let Some(first) = input.get(..position.div_ceil(8))
        && let Some(space) = bytes.len().checked_sub(first.len())
    {
        bytes[space..].copy_from_slice(first);
    }
    u64::from_le_bytes(bytes)
}

/// Moves the highest bits of a word, at most 31, to its end, and returns them. The lowest byte of `entry` is their number.
///
/// A rotation takes fewer instructions than two shifts, one of which would have to be split, since there may be no bits.
#[inline(always)]
pub(super) const fn rotate_out(word: &mut u64, entry: u32) -> u32 {
    // What is above the lowest six bits does not matter.
    *word = word.rotate_left(entry);
    *word as u32 & mask(entry)
}

/// As many ones as the lowest byte of the entry says, which is at most 31.
#[inline(always)]
const fn mask(entry: u32) -> u32 {
    MASKS[entry as u8 as usize % MASKS.len()]
}

#[inline(always)]
pub(super) const fn low_byte(entry: u32) -> u32 {
    entry as u8 as u32
}

/// For each number of bits, as many ones.
static MASKS: [u32; 32] = {
    let mut masks = [0; 32];
    let mut bits = 0;
    while bits < masks.len() {
        masks[bits] = (1 << bits) - 1;
        bits += 1;
    }
    masks
};

#[cfg(test)]
mod tests {
    use super::{ReverseBits, rotate_out};
    use crate::codec::zstd::error::ZstdError;

    #[test]
    fn bits_are_read_from_the_last_to_the_first() {
        let input = [0xff, 0b1010_0101, 0b0001_0110, 0xff];
        let mut bits = ReverseBits::new(&input, 1, 3).unwrap();
        assert_eq!(bits.left(), Some(12));
        let read = [3, 0, 2, 4, 3].map(|count| bits.take(count));
        assert_eq!(read, [0b011, 0, 0b01, 0b0100, 0b101]);
        assert_eq!(bits.finish(ZstdError::Checksum), Ok(()));
        bits.skip(1);
        assert_eq!(bits.left(), None);
        assert_eq!(bits.finish(ZstdError::Checksum), Err(ZstdError::Checksum));
    }

    #[test]
    fn words_are_complete_anywhere() {
        let input: Vec<u8> = (1..=40).collect();
        for end in 1..=input.len() {
            let mut bits = ReverseBits::new(&input, 0, end).unwrap();
            while let Some(left @ 1..) = bits.left() {
                let count = left.min(57);
                let expected = (left - count..left).rev().fold(0, |word, bit| {
                    word << 1 | u64::from(input[bit / 8] >> (bit % 8) & 1)
                });
                assert_eq!(bits.word() >> (64 - count), expected, "{end} {left}");
                bits.skip(1);
            }
        }
    }

    #[test]
    fn last_byte_marks_the_end() {
        assert!(ReverseBits::new(&[1, 0], 0, 2).is_none());
        assert!(ReverseBits::new(&[1], 0, 0).is_none());
        assert!(ReverseBits::new(&[1], 0, 2).is_none());
        assert_eq!(ReverseBits::new(&[1], 0, 1).unwrap().left(), Some(0));
    }

    #[test]
    fn bits_are_rotated_out() {
        let mut word = 0xabcd_1234 << 32;
        // Only the lowest byte counts.
        let parts = [4, 0xff00, 8, 0x104].map(|bits| rotate_out(&mut word, bits));
        assert_eq!(parts, [0xa, 0, 0xbc, 0xd]);
        assert_eq!(rotate_out(&mut u64::MAX.clone(), 31), u32::MAX >> 1);
    }
}
