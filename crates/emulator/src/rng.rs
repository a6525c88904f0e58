//! A seeded pseudo-random number generator.

/// The streams of [`Rng::derived`].
pub(crate) mod stream {
    pub(crate) const BOT: u64 = 1;
    pub(crate) const GUILD: u64 = 2;
    pub(crate) const MEMBER: u64 = 3;
    pub(crate) const GUILD_DETAILS: u64 = 4;
    pub(crate) const SESSION: u64 = 5;
    pub(crate) const TRAFFIC: u64 = 6;
    pub(crate) const EVENT_POOL: u64 = 7;
    pub(crate) const SCENARIO: u64 = 8;
    pub(crate) const APPLICATION: u64 = 9;
    pub(crate) const MESSAGE_FACTORY: u64 = 10;
    pub(crate) const TOKEN: u64 = 11;
}

/// SplitMix64 (Steele, Lea and Flood, 2014). Its state is one word, so that a stream can be derived cheaply for anything
/// that has a number. It is not suitable for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// A stream that depends only on `seed`.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A separate stream for what `parts` identify. It is independent of what was drawn from other streams.
    pub(crate) fn derived(seed: u64, parts: &[u64]) -> Self {
        let mut state = seed;
        for part in parts {
            state = Self(state ^ part.wrapping_mul(0xd6e8_feb8_6659_fd93)).next();
        }
        Self(state)
    }

    /// The next 64 bits.
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// An index below `len`; 0 if `len` is 0.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// A number from 0 up to but not including 1.
    pub(crate) fn chance(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// `true` with a probability of `percent` in 100.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.index(items.len())]
    }

    /// `digits` lower-case hexadecimal digits, as in image hashes and session ids.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(digits);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn stream_is_the_published_one() {
        // The reference implementation's first outputs for the seed 1234567.
        let mut rng = Rng::new(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| rng.next()).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn numbers_are_below_the_bound() {
        let mut rng = Rng::new(7);
        assert!((0..10_000).all(|_| rng.below(3) < 3));
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.hex(32).len(), 32);
    }
}
