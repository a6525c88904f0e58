/// Reads bits, the lowest of each byte first, of an input that may end anywhere.
///
/// Bits of the buffer above the count are either zero or those that will be read there.
#[derive(Clone, Copy)]
pub(super) struct BitReader<'a> {
    input: &'a [u8],
    /// The number of bytes that were moved to the buffer.
    read: usize,
    buffer: u64,
    count: u32,
}

/// The bits that were read from one input and are used with the next.
///
/// They are fewer than a symbol needs, so all of that input was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leftover {
    buffer: u64,
    count: u32,
}

impl Leftover {
    pub(super) const NONE: Self = Self {
        buffer: 0,
        count: 0,
    };
}

impl<'a> BitReader<'a> {
    pub(super) const fn new(input: &'a [u8], leftover: Leftover) -> Self {
        Self {
            input,
            read: 0,
            buffer: leftover.buffer,
            count: leftover.count,
        }
    }

    pub(super) const fn leftover(&self) -> Leftover {
        Leftover {
            buffer: self.buffer,
            count: self.count,
        }
    }

    /// The next bits. Those after [`count`](Self::count) have no meaning.
    #[inline(always)]
    pub(super) const fn bits(&self) -> u64 {
        self.buffer
    }

    /// The number of bits in the buffer.
    #[inline(always)]
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// The input, and the position in it of the next bit, unless that bit is of an earlier input.
    #[inline(always)]
    pub(super) fn position(&self) -> Option<(&'a [u8], usize)> {
        let position = (self.read * 8).checked_sub(self.count as usize)?;
        Some((self.input, position))
    }

    /// Whether the next 64 bits are all in the input.
    #[inline(always)]
    pub(super) fn can_seek(&self) -> bool {
        self.position()
            .is_some_and(|(input, position)| position / 8 + 8 <= input.len())
    }

    /// Continues at a bit of the input.
    #[inline(always)]
    pub(super) fn seek(&mut self, position: usize) {
        self.read = position.div_ceil(8);
        self.count = (self.read * 8 - position) as u32;
        let byte = self.input.get(position / 8).copied().unwrap_or_default();
        self.buffer = u64::from(byte) >> (position % 8);
    }

    /// Fills the buffer to at least 56 bits, if eight bytes are left.
    #[inline(always)]
    fn refill_word(&mut self) -> bool {
        let rest = self.input.get(self.read..).unwrap_or_default();
        let Some(word) = rest.first_chunk() else {
            return false;
        };
        self.buffer |= u64::from_le_bytes(*word) << (self.count & 63);
        self.read += (7 ^ (self.count >> 3 & 7)) as usize;
        self.count |= 56;
        true
    }

    /// Fills the buffer to at least 56 bits, or with all that is left.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if !self.refill_word() {
            *self = self.refilled_with_bytes();
        }
    }

    // By value, so that the caller can keep the reader in registers.
    #[inline(never)]
    fn refilled_with_bytes(mut self) -> Self {
        while self.count < 56
            && let Some(byte) = self.input.get(self.read)
        {
            self.buffer |= u64::from(*byte) << self.count;
            self.count += 8;
            self.read += 1;
        }
        self
    }

    /// Removes bits that are in the buffer.
    #[inline(always)]
    pub(super) const fn consume(&mut self, bits: u32) {
        self.buffer >>= bits & 63;
        self.count -= bits;
    }

    /// Reads at most 32 bits, or nothing if fewer are left.
    #[inline(always)]
    pub(super) fn take(&mut self, bits: u32) -> Option<u32> {
        if self.count < bits {
            self.refill();
            if self.count < bits {
                return None;
            }
        }
        let value = self.buffer & ((1 << bits) - 1);
        self.consume(bits);
        Some(value as u32)
    }

    /// Skips the bits up to the next byte of the input.
    #[inline(always)]
    pub(super) const fn align(&mut self) {
        self.consume(self.count % 8);
    }

    /// Copies bytes at a byte boundary, and returns how many there were.
    pub(super) fn copy_bytes(&mut self, mut target: &mut [u8]) -> usize {
        let wanted = target.len();
        while self.count >= 8
            && let [byte, rest @ ..] = target
        {
            *byte = self.buffer as u8;
            self.consume(8);
            target = rest;
        }
        if target.is_empty() {
            return wanted;
        }
        // The bytes that follow are skipped, and their bits must not stay above the count.
        self.buffer = 0;
        let rest = self.input.get(self.read..).unwrap_or_default();
        let copied = target.len().min(rest.len());
        target[..copied].copy_from_slice(&rest[..copied]);
        self.read += copied;
        wanted - (target.len() - copied)
    }
}

/// The 64 bits of the input from a position on, of which at least 57 are valid.
#[inline(always)]
pub(super) fn bits_at(input: &[u8], position: usize) -> Option<u64> {
    let first = position / 8;
    let word = input.get(first..first + 8)?.first_chunk()?;
    Some(u64::from_le_bytes(*word) >> (position % 8))
}
