//! A small seeded generator, so that every failure can be repeated.

/// xorshift64*.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // Zero is the one state it never leaves.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }

    /// Bytes of random values from random alphabets, so that they compress more or less.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let alphabet = 1 + self.below(256);
        (0..length).map(|_| self.below(alphabet) as u8).collect()
    }

    /// ASCII text of random characters from random alphabets.
    pub(crate) fn text(&mut self, length: usize) -> String {
        let alphabet = 1 + self.below(94) as u8;
        (0..length)
            .map(|_| char::from(b' ' + (self.next() >> 16) as u8 % alphabet))
            .collect()
    }
}
