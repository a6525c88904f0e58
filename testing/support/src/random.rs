use std::time::Duration;

/// A seeded generator of pseudo-random numbers: SplitMix64 (Steele, Lea and Flood, 2014).
///
/// The same seed gives the same numbers on every machine and in every version of this crate, so a
/// seed that a test has found keeps its meaning.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Creates the generator of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `bound`, or 0 if `bound` is 0.
    pub fn below<N: Number>(&mut self, bound: N) -> N {
        N::from_u64(match bound.to_u64() {
            0 => 0,
            bound => self.next() % bound,
        })
    }

    /// Returns a number from `least` to `most`, both included.
    ///
    /// # Panics
    ///
    /// Panics if `most` is less than `least`.
    pub fn between<N: Number>(&mut self, least: N, most: N) -> N {
        let (least, most) = (least.to_u64(), most.to_u64());
        N::from_u64(least + self.below(most - least + 1))
    }

    /// Returns a whole number of milliseconds from `least` to `most`, both included.
    ///
    /// # Panics
    ///
    /// Panics if `most` is less than `least`.
    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.between(least, most))
    }

    /// Returns true once in `times` on average.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Returns one of `choices`.
    ///
    /// # Panics
    ///
    /// Panics if `choices` is empty.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Puts `items` into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }

    /// Returns `length` bytes out of an alphabet of random size, so that they compress more or less.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let alphabet = 1 + self.below(256_u64);
        (0..length).map(|_| self.below(alphabet) as u8).collect()
    }

    /// Returns `length` printable ASCII characters out of an alphabet of random size.
    pub fn text(&mut self, length: usize) -> String {
        let alphabet = 1 + self.below(94_u8);
        let letters = (0..length).map(|_| char::from(b' ' + self.below(alphabet)));
        letters.collect()
    }
}

/// An integer that can bound a random number. A bound must not be negative.
pub trait Number {
    /// Returns the number with 64 bits.
    fn to_u64(self) -> u64;

    /// Returns `value`, which is at most a bound of this type.
    fn from_u64(value: u64) -> Self;
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(
            impl Number for $number {
                fn to_u64(self) -> u64 {
                    u64::try_from(self).expect("a bound is not negative")
                }

                fn from_u64(value: u64) -> Self {
                    Self::try_from(value).expect("a random number is below its bound")
                }
            }
        )*
    };
}

// `i32` is what a literal without any other hint is.
numbers! { u8 u16 u32 u64 usize i32 }

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn seed_gives_the_published_numbers() {
        // The first outputs of the reference implementation for the seed 1234567.
        let mut random = Random::new(1_234_567);
        let numbers = [random.next(), random.next(), random.next()];
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(numbers, published);
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut random = Random::new(7);
        for _ in 0..1000 {
            assert!(random.below(3) < 3);
            assert!((5..=7_u8).contains(&random.between(5, 7)));
            assert!([1, 2].contains(&random.pick(&[1, 2])));
        }
        assert_eq!(random.below(0), 0);
        assert_eq!(random.bytes(9).len(), 9);
        assert!(
            random
                .text(9)
                .bytes()
                .all(|byte| (b' '..=b'~').contains(&byte))
        );
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut random = Random::new(7);
        let mut items = Vec::from_iter(0..100);
        random.shuffle(&mut items);
        assert!(!items.is_sorted());
        items.sort_unstable();
        assert_eq!(items, Vec::from_iter(0..100));
    }
}
